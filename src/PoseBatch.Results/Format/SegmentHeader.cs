namespace PoseBatch.Results.Format;

/// <summary>What a segment says of itself.</summary>
/// <param name="Key">The result's key.</param>
/// <param name="Segment">Index from 0.</param>
/// <param name="FirstFrame">Index of its first frame.</param>
/// <param name="Attempt">The attempt that wrote it.</param>
internal readonly record struct SegmentHeader(string Key, int Segment, long FirstFrame, int Attempt);
