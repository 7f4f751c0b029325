using PoseBatch.Pipeline;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>All the demo has to say, once its tables are there.</summary>
internal sealed record DemoOutcome
{
    public required DemoFiles Files { get; init; }

    /// <summary>The job's report; its state is Completed.</summary>
    public required JobReport Job { get; init; }

    /// <summary>Name of the model that ran.</summary>
    public required string Model { get; init; }

    /// <summary>Name of the provider that ran it.</summary>
    public required string Provider { get; init; }

    public required DemoError Error { get; init; }

    /// <summary>Rows of the keypoints table as text, the column names first.</summary>
    public required IReadOnlyList<string[]> Excerpt { get; init; }

    /// <summary>Why there is no annotated video and no contact sheet; null when they are there.</summary>
    public string? WhyNoPictures { get; init; }

    /// <summary>Whether something failed, unlike pictures that were never tried because this ffmpeg lacks a part.</summary>
    public bool HasFailed { get; init; }
}
