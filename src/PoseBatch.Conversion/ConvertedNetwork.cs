namespace PoseBatch.Conversion;

/// <summary>A network as an ONNX file: input and outputs are float32, batch, channels, rows, columns (NCHW), with a free batch.</summary>
/// <param name="Onnx">The bytes of the file; the same graph and plan always give the same.</param>
/// <param name="Width">Of the input, pixels.</param>
/// <param name="Height">Of the input, pixels.</param>
/// <param name="Outputs">Names and lengths: channels, rows, columns.</param>
public sealed record ConvertedNetwork(byte[] Onnx, int Width, int Height, IReadOnlyList<(string Name, int Channels, int Rows, int Columns)> Outputs);
