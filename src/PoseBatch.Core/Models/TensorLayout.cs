namespace PoseBatch.Models;

/// <summary>Order of a tensor's axes.</summary>
public enum TensorLayout
{
    /// <summary>Batch, channel, row, column.</summary>
    Nchw,

    /// <summary>Batch, row, column, channel.</summary>
    Nhwc,

    /// <summary>Not a picture or a map (for example a list of points).</summary>
    Plain,
}
