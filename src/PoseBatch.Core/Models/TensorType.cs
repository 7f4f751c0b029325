namespace PoseBatch.Models;

/// <summary>Element types of inputs and outputs that PoseBatch can feed and read.</summary>
public enum TensorType
{
    /// <summary>32-bit float.</summary>
    Float32,

    /// <summary>16-bit float.</summary>
    Float16,

    /// <summary>Unsigned byte.</summary>
    UInt8,

    /// <summary>32-bit signed integer.</summary>
    Int32,

    /// <summary>64-bit signed integer; outputs and constants only.</summary>
    Int64,

    /// <summary>True or false, a byte each; constants only.</summary>
    Bool,

    /// <summary>Anything else a model file may declare; named in messages, never run.</summary>
    Other,
}

/// <summary>What follows from an element type.</summary>
public static class TensorTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int ByteCount(this TensorType type) => type switch
    {
        TensorType.UInt8 or TensorType.Bool => 1,
        TensorType.Float16 => 2,
        TensorType.Int64 => 8,
        _ => 4,
    };

    /// <summary>Whether an element is a real number, to be normalised.</summary>
    public static bool IsReal(this TensorType type) => type is TensorType.Float32 or TensorType.Float16;
}
