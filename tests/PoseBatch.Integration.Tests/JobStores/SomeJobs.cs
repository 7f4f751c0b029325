using PoseBatch.Jobs;

namespace PoseBatch.JobStores;

/// <summary>Jobs for tests.</summary>
internal static class SomeJobs
{
    /// <summary>Every field says something.</summary>
    public static JobSpec Everything { get; } = new()
    {
        JobId = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        IdempotencyKey = "key",
        Source = new JobSource { Path = "a/b.mp4", Sha256 = new string('a', 64), Size = 12, Stream = 0 },
        SourceId = "p03",
        Output = new JobOutput { Path = "x/y", Layout = "flat", Exports = ["dlc-csv"], Overwrite = "replace", Profile = "compatible", Rounded = true },
        Model = new JobModel { Name = "m", Sha256 = new string('b', 64), Detector = "d" },
        Inference = new JobInference { Provider = "cpu", Precision = "fp32", Batch = 0, MinPersonScore = 0.25, MinKeypointConfidence = 0, MaxPersons = 20, CropRegion = false },
        Frames = new JobFrames { StartSeconds = 1.5, EndSeconds = 3, StartFrame = 10, EndFrame = 90, Stride = 2, MaxFrames = 100 },
        Tracking = new JobTracking { Enabled = false, MaxGapSeconds = 0.5, Similarity = "box" },
        Smoothing = "one-euro",
        OnCorrupt = "fail",
        Priority = 0,
        Group = "g",
        Labels = new Dictionary<string, string> { ["subject"] = "p03", [" "] = "" },
        RequiresGpu = true,
        Limits = new JobLimits { MaxAttempts = 5, MaxRuntimeSeconds = 60.5, StallTimeoutSeconds = 30 },
        Deadline = new DateTimeOffset(2027, 1, 31, 18, 0, 0, 123, TimeSpan.Zero),
        NotifyUrl = new Uri("https://example.org/hook?a=b"),
    };
}
