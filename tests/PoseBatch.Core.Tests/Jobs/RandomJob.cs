namespace PoseBatch.Jobs;

/// <summary>Random jobs, records and events: every field at times absent, numbers at and between their borders, texts with what breaks writers.</summary>
internal static class RandomJob
{
    private static readonly string[] Texts = ["a", "übung 🏃.mp4", "a\"b\\c", "line\nfeed", "</script>", "تجربة", new string('x', 200), "\u2028", "%00", "..", " "];

    public static JobSpec Spec(Random random)
    {
        double? start = Maybe(random, () => Math.Round(random.NextDouble() * 1000, random.Next(4)));
        return new JobSpec
        {
            JobId = MaybeText(random, () => new Ulid(TimeProvider.System).Next()),
            IdempotencyKey = MaybeText(random),
            Source = new JobSource
            {
                Path = Text(random),
                Sha256 = MaybeText(random, () => Hash(random)),
                Size = Maybe(random, () => random.NextInt64((1L << 53) + 1)),
                Stream = Maybe(random, () => random.Next(1001)),
            },
            SourceId = MaybeText(random),
            Output = new JobOutput
            {
                Path = MaybeText(random),
                Layout = MaybeText(random, () => "flat"),
                Exports = random.Next(2) == 0 ? [] : ["dlc-csv", "coco-json"],
                Overwrite = MaybeText(random, () => OneOf(random, "never", "replace")),
            },
            Model = new JobModel { Name = MaybeText(random), Sha256 = MaybeText(random, () => Hash(random)), Detector = MaybeText(random) },
            Inference = new JobInference
            {
                Provider = MaybeText(random, () => OneOf(random, "auto", "cpu", "cuda", "tensorrt")),
                Precision = MaybeText(random, () => "fp32"),
                Batch = Maybe(random, () => random.Next(257)),
                MinPersonScore = Maybe(random, random.NextDouble),
                MinKeypointConfidence = Maybe(random, () => (double)random.Next(2)),
                MaxPersons = Maybe(random, () => random.Next(1, 1001)),
                CropRegion = Maybe(random, () => random.Next(2) == 0),
            },
            Frames = new JobFrames
            {
                StartSeconds = start,
                EndSeconds = Maybe(random, () => (start ?? 0) + 0.001 + random.Next(100)),
                Stride = Maybe(random, () => random.Next(1, 1_000_001)),
                MaxFrames = Maybe(random, () => random.NextInt64(1, (1L << 53) + 1)),
            },
            Tracking = new JobTracking { Enabled = Maybe(random, () => random.Next(2) == 0), MaxGapSeconds = Maybe(random, () => 3600 * (1 - random.NextDouble())) },
            Smoothing = MaybeText(random, () => OneOf(random, "none", "one-euro")),
            OnCorrupt = MaybeText(random, () => OneOf(random, "mark", "fail")),
            Priority = Maybe(random, () => random.Next(10)),
            Group = MaybeText(random),
            Labels = Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"{i}{OneOf(random, Texts[..6])}", i => i == 0 ? string.Empty : Text(random)),
            RequiresGpu = Maybe(random, () => random.Next(2) == 0),
            Limits = new JobLimits
            {
                MaxAttempts = Maybe(random, () => random.Next(1, 101)),
                MaxRuntimeSeconds = Maybe(random, () => 31_536_000 * (1 - random.NextDouble())),
                StallTimeoutSeconds = Maybe(random, () => 1 + (86399 * random.NextDouble())),
            },
            Deadline = Maybe(random, () => Time(random)),
            NotifyUrl = random.Next(2) == 0 ? null : new Uri(OneOf(random, "https://example.org/a?b=c%20d#e", "http://127.0.0.1:8080/")),
        };
    }

    public static JobRecord Record(Random random) => new()
    {
        Id = new Ulid(TimeProvider.System).Next(),
        Spec = Spec(random),
        Origin = OneOf(random, "folder", "jobs", "api", "cli"),
        Status = OneOf(random, Enum.GetValues<JobStatus>()),
        Attempt = random.Next(100),
        Token = random.NextInt64(long.MaxValue),
        Worker = MaybeText(random),
        LeaseUntil = Maybe(random, () => Time(random)),
        RunAt = Time(random),
        SubmittedAt = Time(random),
        StartedAt = Maybe(random, () => Time(random)),
        FinishedAt = Maybe(random, () => Time(random)),
        Progress = random.Next(2) == 0 ? null : new JobProgress
        {
            Frames = random.NextInt64(),
            AnnouncedFrames = Maybe(random, () => random.NextInt64()),
            Seconds = random.NextDouble() * 1e5,
            DurationSeconds = Maybe(random, () => random.NextDouble() * 1e-5),
            FramesPerSecond = random.NextDouble() * 1e3,
            Persons = random.NextInt64(),
            LimitedBy = MaybeText(random, () => OneOf(random, "decode", "infer", "write")),
            Segments = random.Next(),
            Runs = MaybeText(random),
        },
        Reason = Maybe(random, () => OneOf(random, Enum.GetValues<ReasonCode>())),
        Message = MaybeText(random),
        Advice = MaybeText(random),
        ResultPath = MaybeText(random),
        ResultKey = MaybeText(random, () => Hash(random)),
        DuplicateOf = MaybeText(random),
    };

    public static JobEvent Event(Random random) => new(
        random.NextInt64(),
        Text(random),
        Time(random),
        OneOf(random, "submitted", "segment", "running"),
        MaybeText(random),
        random.Next(),
        random.NextInt64(),
        Maybe(random, () => OneOf(random, Enum.GetValues<ReasonCode>())),
        MaybeText(random));

    private static T OneOf<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    private static string Text(Random random) => OneOf(random, Texts);

    private static string? MaybeText(Random random, Func<string>? make = null) => random.Next(2) == 0 ? null : (make ?? (() => Text(random)))();

    private static T? Maybe<T>(Random random, Func<T> make)
        where T : struct => random.Next(2) == 0 ? null : make();

    private static string Hash(Random random) => Convert.ToHexStringLower([.. Enumerable.Range(0, 32).Select(_ => (byte)random.Next(256))]);

    private static DateTimeOffset Time(Random random) => DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(TimeSpan.FromDays(60000).Ticks));
}
