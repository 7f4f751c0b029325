namespace PoseBatch.Models;

/// <summary>Element types of image inputs and of outputs that PoseBatch can feed and read.</summary>
public enum TensorType
{
    /// <summary>32-bit float.</summary>
    Float32,

    /// <summary>Unsigned byte.</summary>
    UInt8,

    /// <summary>32-bit signed integer.</summary>
    Int32,

    /// <summary>Anything else a model file may declare; named in messages, never run.</summary>
    Other,
}
