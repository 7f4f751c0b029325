namespace PoseBatch.Geometry;

/// <summary>A box in fractions of the frame; may lie partly outside.</summary>
internal readonly record struct NormalisedBox(double XMin, double YMin, double XMax, double YMax);
