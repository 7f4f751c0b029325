using PoseBatch.Models;
using PoseBatch.Pipeline;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>All the demo has to say, once its tables are there.</summary>
internal sealed record DemoOutcome
{
    public required DemoFiles Files { get; init; }

    /// <summary>The job's report; its state is Completed.</summary>
    public required JobReport Job { get; init; }

    public required ModelDescription Model { get; init; }

    public required ProviderReport Provider { get; init; }

    /// <summary>Version line of the decoder.</summary>
    public required string Decoder { get; init; }

    public required MeasuredError Error { get; init; }

    /// <summary>Rows of the keypoints table as text, the column names first.</summary>
    public required IReadOnlyList<string[]> Excerpt { get; init; }

    /// <summary>The joint whose track is plotted.</summary>
    public required string PlottedJoint { get; init; }

    /// <summary>Why there is no annotated video and no contact sheet; null when they are there.</summary>
    public string? WhyNoPictures { get; init; }

    /// <summary>Whether something failed, unlike pictures that were never tried because this ffmpeg lacks a part.</summary>
    public bool HasFailed { get; init; }

    /// <summary>The name and version of the program.</summary>
    public static string Program { get; } = "PoseBatch " + typeof(DemoOutcome).Assembly.GetName().Version!.ToString(3);
}
