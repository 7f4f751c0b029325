namespace PoseBatch.Jobs;

/// <summary>
/// The table of everything that can be set for a job. JSON, its schema, the options of the command line, the defaults and the
/// key of a result are made from it; a new setting is a property of <see cref="JobSpec"/>, a row here, and the code that uses it.
/// </summary>
public static class JobFields
{
    private const int MaxName = 200;

    /// <summary>The objects of a job, in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<JobSection> Sections { get; } =
    [
        new("source", "The video."),
        new("output", "Where the result goes, and as what."),
        new("model", "What runs."),
        new("inference", "How it runs, and what is kept of what is found."),
        new("frames", "Which frames are inferred. All others stand in the ledger as skipped. end is later than start, end_frame greater than start_frame."),
        new("tracking", "Identity of people over time."),
        new("smoothing", "Positions over time; needs tracking.", IsAlwaysWritten: false),
        new("requires", "What a worker must have.", IsAlwaysWritten: false),
        new("limits", "When to give up."),
        new("notify", "Who is told.", IsAlwaysWritten: false),
    ];

    /// <summary>Every field, in the order in which a job is written.</summary>
    public static IReadOnlyList<JobField> All { get; } =
    [
        Text("job_id", TextKind.UlidText, job => job.JobId, (job, id) => job with { JobId = id }) with
        {
            Help = "An id of your own; else the service makes one. A second job with the same id is the first one.", IsOfQueue = true,
        },
        Text("idempotency_key", new TextKind(MaxName), job => job.IdempotencyKey, (job, key) => job with { IdempotencyKey = key }) with
        {
            Help = "A second job with the same text is the first one.", Option = "--key", IsOfQueue = true,
        },

        Text("source.path", TextKind.Path("a path"), job => job.Source.Path, (job, path) => job with { Source = job.Source with { Path = path } }) with
        {
            Help = "Absolute, or relative to the first allowed root that has it (Jobs:Roots, Inbox:Path).", IsRequired = true,
        },
        Text("source.sha256", TextKind.Sha256, job => job.Source.Sha256, (job, hash) => job with { Source = job.Source with { Sha256 = hash } }) with
        {
            Help = "SHA-256 the file must have.", IsOfQueue = true,
        },
        Whole("source.size", 0, WholeKind.Largest, job => job.Source.Size, (job, size) => job with { Source = job.Source with { Size = size } }) with
        {
            Help = "Bytes the file must have.", IsOfQueue = true,
        },
        Whole("source.stream", 0, 1000, job => job.Source.Stream, (job, stream) => job with { Source = job.Source with { Stream = (int)stream } }) with
        {
            Help = "Index of the video stream among all streams of the file; else the largest picture.", Option = "--stream", ResultKey = "source.stream",
        },
        Text("source_id", new TextKind(MaxName + MaxName), job => job.SourceId, (job, id) => job with { SourceId = id }) with
        {
            Help = "Name in the column video; else the file's name.",
        },

        Text("output.path", TextKind.Path("a path"), job => job.Output.Path, (job, path) => job with { Output = job.Output with { Path = path } }) with
        {
            Help = "Folder that receives the result's folder, relative to the service's output root.", Option = "--out", ShortOption = "-o", ValueName = "DIR",
        },
        Choice("output.layout", ["flat"], job => job.Output.Layout, (job, layout) => job with { Output = job.Output with { Layout = layout } }) with
        {
            Help = "The only layout so far.", Default = "flat",
        },
        Row("output.exports", new NamesKind(), job => job.Output.Exports is { Count: > 0 } names ? names : null,
            (job, names) => job with { Output = job.Output with { Exports = (IReadOnlyList<string>)names } }) with
        {
            Help = "Formats written beside the tables; the option may be given several times.", Option = "--export", IsOfQueue = true,
        },
        Choice("output.overwrite", ["never", "replace"], job => job.Output.Overwrite, (job, rule) => job with { Output = job.Output with { Overwrite = rule } }) with
        {
            Help = "replace: a result that exists is computed again and replaced; never: it is the answer.", Option = "--overwrite", SwitchedOn = "replace", Default = "never",
        },
        Choice("output.profile", ["compact", "compatible"], job => job.Output.Profile, (job, profile) => job with { Output = job.Output with { Profile = profile } }) with
        {
            Help = "Encoding of the tables; compatible: for older readers.", Option = "--profile", Default = "compact", ResultKey = "tables.profile",
        },
        Flag("output.rounded", job => job.Output.Rounded, (job, isOn) => job with { Output = job.Output with { Rounded = isOn } }) with
        {
            Help = "Round x, y to 1/64 px and confidence to 0.001: smaller tables.", Option = "--rounded", SwitchedOn = true, Default = false, ResultKey = "tables.rounded",
        },

        Text("model.name", TextKind.Path("a name"), job => job.Model.Name, (job, name) => job with { Model = job.Model with { Name = name } }) with
        {
            Help = "Model package: a name, a folder or a .onnx file; recommended for RTMPose-m with YOLOX-s, best for the best that is installed.", Option = "--model", ShortOption = "-m", ValueName = "MODEL",
        },
        Text("model.sha256", TextKind.Sha256, job => job.Model.Sha256, (job, hash) => job with { Model = job.Model with { Sha256 = hash } }) with
        {
            Help = "SHA-256 the model's file must have: any other is refused.", Option = "--model-sha256", IsOfQueue = true,
        },
        Text("model.detector", TextKind.Path("a name"), job => job.Model.Detector, (job, name) => job with { Model = job.Model with { Detector = name } }) with
        {
            Help = "Package that finds people for a top-down model: a name, a folder or a .onnx file.", Option = "--detector", ValueName = "MODEL",
        },

        Choice("inference.provider", ["auto", "cpu", "cuda", "tensorrt"], job => job.Inference.Provider, (job, provider) => job with { Inference = job.Inference with { Provider = provider } }) with
        {
            Help = "What runs the model. Anything but auto that cannot be had is an error.", Option = "--provider", Default = "auto",
        },
        Choice("inference.precision", ["fp32"], job => job.Inference.Precision, (job, precision) => job with { Inference = job.Inference with { Precision = precision } }) with
        {
            Help = "The only precision so far.", Default = "fp32", ResultKey = "inference.precision",
        },
        Whole("inference.batch", 0, 256, job => job.Inference.Batch, (job, frames) => job with { Inference = job.Inference with { Batch = (int)frames } }) with
        {
            Help = "Frames per model call; 0 chooses. Never changes results.", Option = "--batch", Default = 0L,
        },
        Number("inference.min_person_score", 0, 4, job => job.Inference.MinPersonScore, (job, score) => job with { Inference = job.Inference with { MinPersonScore = score } }) with
        {
            Help = "Poses below it are dropped; scores end at 1, those of the AlphaPose chain at about 3.3.", Option = "--min-person-score", ResultKey = "inference.min_person_score",
        },
        Number("inference.min_keypoint_confidence", 0, 1, job => job.Inference.MinKeypointConfidence,
            (job, confidence) => job with { Inference = job.Inference with { MinKeypointConfidence = confidence } }) with
        {
            Help = "Joints below it lose their position.", Option = "--min-keypoint-confidence", ResultKey = "inference.min_keypoint_confidence",
        },
        Whole("inference.max_persons", 1, 1000, job => job.Inference.MaxPersons, (job, people) => job with { Inference = job.Inference with { MaxPersons = (int)people } }) with
        {
            Help = "People per frame at most, best first.", Option = "--max-persons", Default = 20L, ResultKey = "inference.max_persons",
        },
        Flag("inference.crop_region", job => job.Inference.CropRegion, (job, isOn) => job with { Inference = job.Inference with { CropRegion = isOn } }) with
        {
            Help = "Look in each frame around the person of the frame before; only for single-person MoveNet (families movenet-heads and movenet-points, 17 joints of COCO).",
            Option = "--crop-region", Default = false, ResultKey = "inference.crop_region",
        },

        Row("frames.start", new TimeKind(), job => job.Frames.StartSeconds, (job, seconds) => job with { Frames = job.Frames with { StartSeconds = (double)seconds } }) with
        {
            Help = "First time to infer, since the first frame.", Option = "--start", ResultKey = "frames.start_s",
        },
        Row("frames.end", new TimeKind(), job => job.Frames.EndSeconds, (job, seconds) => job with { Frames = job.Frames with { EndSeconds = (double)seconds } }) with
        {
            Help = "Time to stop before, since the first frame.", Option = "--end", ResultKey = "frames.end_s",
        },
        Whole("frames.start_frame", 0, WholeKind.Largest, job => job.Frames.StartFrame, (job, index) => job with { Frames = job.Frames with { StartFrame = index } }) with
        {
            Help = "First frame index to infer.", Option = "--start-frame", ResultKey = "frames.first_frame",
        },
        Whole("frames.end_frame", 1, WholeKind.Largest, job => job.Frames.EndFrame, (job, index) => job with { Frames = job.Frames with { EndFrame = index } }) with
        {
            Help = "Frame index to stop before.", Option = "--end-frame", ResultKey = "frames.end_frame",
        },
        Whole("frames.stride", 1, 1_000_000, job => job.Frames.Stride, (job, stride) => job with { Frames = job.Frames with { Stride = (int)stride } }) with
        {
            Help = "Infer every N-th frame of the range.", Option = "--stride", Default = 1L, ResultKey = "frames.stride",
        },
        Whole("frames.max_frames", 1, WholeKind.Largest, job => job.Frames.MaxFrames, (job, frames) => job with { Frames = job.Frames with { MaxFrames = frames } }) with
        {
            Help = "Infer at most N frames.", Option = "--max-frames", ResultKey = "frames.max_frames",
        },

        Flag("tracking.enabled", job => job.Tracking.Enabled, (job, isOn) => job with { Tracking = job.Tracking with { Enabled = isOn } }) with
        {
            Help = "Give people an identity over time (track_id, tracks.parquet).", Option = "--tracking", Default = true, ResultKey = "tracking.enabled",
        },
        Row("tracking.max_gap_s", new NumberKind(0, 3600) { IsMore = true }, job => job.Tracking.MaxGapSeconds, (job, seconds) => job with { Tracking = job.Tracking with { MaxGapSeconds = (double)seconds } }) with
        {
            Help = "Seconds after which an unseen person counts as gone and gets a new identity.", Option = "--max-gap", Default = 1.0, ResultKey = "tracking.max_gap_s",
        },
        Choice("tracking.similarity", ["keypoints", "box"], job => job.Tracking.Similarity, (job, measure) => job with { Tracking = job.Tracking with { Similarity = measure } }) with
        {
            Help = "What makes two poses one person: nearness of the keypoints, or overlap of the boxes.", Option = "--similarity", Default = "keypoints", ResultKey = "tracking.similarity",
        },
        Choice("smoothing.method", ["none", "one-euro"], job => job.Smoothing, (job, method) => job with { Smoothing = method }) with
        {
            Help = "Smooth positions over time; the raw ones get columns of their own.", Option = "--smoothing", Default = "none", ResultKey = "smoothing.method",
        },
        Choice("on_corrupt", ["mark", "fail"], job => job.OnCorrupt, (job, rule) => job with { OnCorrupt = rule }) with
        {
            Help = "mark: damaged frames are inferred and marked; fail: the first one fails the job.", Option = "--on-corrupt", Default = "mark",
        },
        Whole("priority", 0, 9, job => job.Priority, (job, priority) => job with { Priority = (int)priority }) with
        {
            Help = "Higher first.", Option = "--priority", Default = 5L, IsOfQueue = true,
        },
        Text("group", new TextKind(MaxName), job => job.Group, (job, group) => job with { Group = group }) with
        {
            Help = "A name that jobs share.", Option = "--group", ValueName = "NAME",
        },
        Row("labels", new LabelsKind(), job => job.Labels is { Count: > 0 } labels ? labels : null, (job, labels) => job with { Labels = (IReadOnlyDictionary<string, string>)labels }) with
        {
            Help = "Whatever you want to find again; the option may be given several times.", Option = "--label",
        },
        Flag("requires.gpu", job => job.RequiresGpu, (job, isAsked) => job with { RequiresGpu = isAsked }) with
        {
            Help = "Only a worker with a GPU may take it.", Option = "--gpu", SwitchedOn = true, Default = false, IsOfQueue = true,
        },
        Whole("limits.max_attempts", 1, 100, job => job.Limits.MaxAttempts, (job, attempts) => job with { Limits = job.Limits with { MaxAttempts = (int)attempts } }) with
        {
            Help = "Attempts before the job is set aside.", Option = "--max-attempts", Default = 3L, IsOfQueue = true,
        },
        Row("limits.max_runtime_s", new NumberKind(0, 31_536_000) { IsMore = true }, job => job.Limits.MaxRuntimeSeconds,
            (job, seconds) => job with { Limits = job.Limits with { MaxRuntimeSeconds = (double)seconds } }) with
        {
            Help = "Seconds one attempt may take.", Option = "--max-runtime", IsOfQueue = true,
        },
        Number("limits.stall_timeout_s", 1, 86_400, job => job.Limits.StallTimeoutSeconds, (job, seconds) => job with { Limits = job.Limits with { StallTimeoutSeconds = seconds } }) with
        {
            Help = "Seconds without a new frame after which an attempt is stopped.", Option = "--stall-timeout", Default = 300.0, IsOfQueue = true,
        },
        Row("deadline", new InstantKind(), job => job.Deadline, (job, time) => job with { Deadline = (DateTimeOffset)time }) with
        {
            Help = "Not to be begun after that time.", Option = "--deadline", IsOfQueue = true,
        },
        Row("notify.url", new AddressKind(), job => job.NotifyUrl, (job, url) => job with { NotifyUrl = (Uri)url }) with
        {
            Help = "Receives a POST with the job when it has ended.", IsOfQueue = true,
        },
    ];

    /// <summary>A job that leaves nothing open but its source, its models and what may be none.</summary>
    public static JobSpec Defaults { get; } = All.Where(field => field.Default is not null)
        .Aggregate(new JobSpec { Source = new() { Path = string.Empty } }, (job, field) => field.Set(job, field.Default!));

    /// <summary>Neighbours of one section together, in the order of <see cref="All"/>; null stands for the job itself.</summary>
    internal static IReadOnlyList<IGrouping<JobSection?, JobField>> BySection { get; } = [.. Neighbours()];

    private static readonly Dictionary<string, JobField> ByName = All.ToDictionary(field => field.Name, StringComparer.Ordinal);

    /// <summary>The field of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static JobField Of(string name) => ByName[name];

    /// <summary>The job with nothing left open that the defaults know. Filling in twice changes nothing.</summary>
    public static JobSpec Fill(JobSpec job, JobSpec defaults)
    {
        ArgumentNullException.ThrowIfNull(job);
        job = job with { SourceId = job.SourceId ?? Path.GetFileName(job.Source.Path) };
        return All.Where(field => field.Get(job) is null).Aggregate(job, (filled, field) => field.Get(defaults) is { } value ? field.Set(filled, value) : filled);
    }

    /// <summary>What of a job is part of its result's key, by name.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> ResultKeyOf(JobSpec job) =>
        All.Where(field => field.ResultKey is not null).Select(field => KeyValuePair.Create(field.ResultKey!, field.Get(job)));

    // Fields of the job itself stand between its sections, so each run of them is a group of its own.
    private static IEnumerable<IGrouping<JobSection?, JobField>> Neighbours()
    {
        int run = 0;
        return All.Select((field, i) => (Field: field, Run: i > 0 && All[i - 1].Section == field.Section ? run : ++run))
            .GroupBy(row => (row.Run, row.Field.Section), row => row.Field)
            .SelectMany(group => group.GroupBy(_ => Sections.FirstOrDefault(section => section.Name == group.Key.Section)));
    }

    private static JobField Row(string name, FieldKind kind, Func<JobSpec, object?> get, Func<JobSpec, object, JobSpec> set) =>
        new() { Name = name, Kind = kind, Help = string.Empty, Get = get, Set = set };

    private static JobField Text(string name, TextKind kind, Func<JobSpec, string?> get, Func<JobSpec, string, JobSpec> set) =>
        Row(name, kind, job => get(job) is { Length: > 0 } text ? text : null, (job, text) => set(job, (string)text));

    private static JobField Choice(string name, string[] words, Func<JobSpec, string?> get, Func<JobSpec, string, JobSpec> set) =>
        Row(name, new ChoiceKind(words), get, (job, word) => set(job, (string)word));

    private static JobField Flag(string name, Func<JobSpec, bool?> get, Func<JobSpec, bool, JobSpec> set) =>
        Row(name, new FlagKind(), job => get(job), (job, isOn) => set(job, (bool)isOn));

    private static JobField Whole(string name, long least, long most, Func<JobSpec, long?> get, Func<JobSpec, long, JobSpec> set) =>
        Row(name, new WholeKind(least, most), job => get(job), (job, number) => set(job, (long)number));

    private static JobField Number(string name, double least, double most, Func<JobSpec, double?> get, Func<JobSpec, double, JobSpec> set) =>
        Row(name, new NumberKind(least, most), job => get(job), (job, number) => set(job, (double)number));
}
