namespace PoseBatch.Conversion.Translation;

/// <summary>A batch of maps on its way through the network being written.</summary>
/// <param name="Name">Its tensor in the ONNX file, laid out NCHW.</param>
/// <param name="Rows">Rows of a map.</param>
/// <param name="Columns">Columns of a map.</param>
/// <param name="Channels">Maps of a picture.</param>
internal sealed record Picture(string Name, int Rows, int Columns, int Channels)
{
    /// <summary>Lengths in NCHW; the batch, which is free, as -1.</summary>
    public int[] Shape => [-1, Channels, Rows, Columns];

    /// <summary>For messages.</summary>
    public override string ToString() => $"{Rows}x{Columns}x{Channels}";
}
