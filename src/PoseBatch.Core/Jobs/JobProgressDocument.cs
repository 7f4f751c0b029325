using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>How far an attempt is. Numbers that cannot be told, infinite rates among them, are null.</summary>
public sealed record JobProgressDocument
{
    /// <summary>Frames in the ledger so far.</summary>
    public required long Frames { get; init; }

    /// <summary>Frames the container announces.</summary>
    public required long? AnnouncedFrames { get; init; }

    /// <summary>Time of the last frame, seconds since the first.</summary>
    public required double? Seconds { get; init; }

    /// <summary>Length of the video in seconds.</summary>
    [JsonPropertyName("duration_s")]
    public required double? DurationSeconds { get; init; }

    /// <summary>Frames per second of wall time in this attempt.</summary>
    [JsonPropertyName("fps")]
    public required double? FramesPerSecond { get; init; }

    /// <summary>Poses written so far.</summary>
    public required long Persons { get; init; }

    /// <summary>Which stage sets the pace: decode, infer or write; null before frames flow.</summary>
    public required string? LimitedBy { get; init; }

    /// <summary>Segments that are safe on disk.</summary>
    public required int Segments { get; init; }

    /// <summary>What is being run, for people: model, provider; null before it is loaded.</summary>
    public required string? Runs { get; init; }

    /// <summary>The document of an attempt's progress.</summary>
    public static JobProgressDocument Of(JobProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return new()
        {
            Frames = progress.Frames,
            AnnouncedFrames = progress.AnnouncedFrames,
            Seconds = Finite(progress.Seconds),
            DurationSeconds = Finite(progress.DurationSeconds),
            FramesPerSecond = Finite(progress.FramesPerSecond),
            Persons = progress.Persons,
            LimitedBy = progress.LimitedBy,
            Segments = progress.Segments,
            Runs = progress.Runs,
        };
    }

    // JSON knows no infinity.
    private static double? Finite(double? number) => number is { } known && double.IsFinite(known) ? known : null;
}
