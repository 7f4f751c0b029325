namespace PoseBatch.Geometry;

/// <summary>How the shorter side of a letterboxed picture becomes whole pixels.</summary>
public enum SideRounding
{
    /// <summary>To the nearest, halves up.</summary>
    Nearest,

    /// <summary>Down, as YOLOX prepares its pictures.</summary>
    Down,
}
