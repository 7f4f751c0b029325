namespace PoseBatch.Geometry;

/// <summary>How the picture gets its model size.</summary>
public enum ResizeRule
{
    /// <summary>Both axes scaled on their own; no padding.</summary>
    Stretch,

    /// <summary>One scale for both axes, centred, the rest filled with the pad colour.</summary>
    Letterbox,

    /// <summary>One scale for both axes, in the top-left corner, the rest filled with the pad colour.</summary>
    LetterboxTopLeft,
}
