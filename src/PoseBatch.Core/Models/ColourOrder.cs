namespace PoseBatch.Models;

/// <summary>What the channels of a model input are.</summary>
public enum ColourOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,

    /// <summary>One channel, the luma of ITU-R BT.601: (299 R + 587 G + 114 B + 500) / 1000, rounded down, of 8-bit R, G, B.</summary>
    Grey,
}
