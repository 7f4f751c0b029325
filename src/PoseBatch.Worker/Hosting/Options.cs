using System.ComponentModel.DataAnnotations;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Worker.Hosting;

/// <summary>The <c>Decode</c> section of appsettings.json: the ffmpeg child process.</summary>
public sealed record DecodeSettings
{
    /// <summary>Name or path of ffmpeg, 5.1 or later.</summary>
    [Required(AllowEmptyStrings = false)]
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>Name or path of ffprobe.</summary>
    [Required(AllowEmptyStrings = false)]
    public string FfprobePath { get; init; } = "ffprobe";

    /// <summary>Decoder threads; 0 chooses by picture size and cores.</summary>
    [Range(0, FfmpegOptions.MostDecodeThreads)]
    public int Threads { get; init; }

    /// <summary>A decoder that delivers no frame for that long is stopped (<c>stalled</c>).</summary>
    [Range(1, FfmpegOptions.MostStallSeconds)]
    public int StallSeconds { get; init; } = 60;

    /// <summary>Larger pictures are refused (<c>codec_unsupported</c>).</summary>
    [Range(1, FfmpegOptions.MostPixels)]
    public int MaxPixels { get; init; } = 67_108_864;
}

/// <summary>The <c>Models</c> section of appsettings.json.</summary>
public sealed record ModelSettings
{
    /// <summary>Folder of your model packages, where <c>models add</c> puts them; the packages that come with the program are always found, too.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Root { get; init; } = "~/.posebatch/models";

    /// <summary>Folders with descriptions of well-known networks, found by the hash of <c>model.onnx</c>.</summary>
    public IReadOnlyList<string> Descriptions { get; init; } = [];

    /// <summary>
    /// The model that runs when <c>--model</c> or a job names none; <c>best</c> is the best that is installed (<see
    /// href="models.md#the-best-that-is-installed">models.md</see>).
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    [DefaultOf("model.name")]
    public string Default { get; init; } = "posebatch-small";

    /// <summary>
    /// The detector that finds people for a top-down model when <c>--detector</c> names none; null for none (<see
    /// href="models.md#top-down">models.md</see>).
    /// </summary>
    [DefaultOf("model.detector")]
    public string? Detector { get; init; }
}

/// <summary>The <c>Inference</c> section of appsettings.json.</summary>
public sealed record InferenceSettings
{
    /// <summary>What runs the model; anything but <c>auto</c> that cannot be had is an error.</summary>
    [DefaultOf("inference.provider")]
    public string Provider { get; init; } = "auto";

    /// <summary>Frames per model call; 0 chooses 1 on a CPU, 16 on a GPU. Never changes results.</summary>
    [DefaultOf("inference.batch")]
    public int BatchSize { get; init; }

    /// <summary>
    /// Inference workers; 0 chooses: on a CPU by cores and the time of one run, so that decoding keeps its share; 2 on a GPU. Never
    /// changes results.
    /// </summary>
    [Range(0, 64)]
    public int Workers { get; init; }

    /// <summary>Threads inside one model call; several workers beat several threads.</summary>
    [Range(1, 64)]
    public int ThreadsPerRun { get; init; } = 1;
}

/// <summary>The <c>Poses</c> section of appsettings.json.</summary>
public sealed record PoseSettings
{
    /// <summary>Poses below it are dropped; null takes the model's own threshold.</summary>
    [DefaultOf("inference.min_person_score")]
    public float? MinPersonScore { get; init; }

    /// <summary>Joints below it lose their position (null in the table), not their confidence; null takes the model's own.</summary>
    [DefaultOf("inference.min_keypoint_confidence")]
    public float? MinKeypointConfidence { get; init; }

    /// <summary>People per frame at most, best first.</summary>
    [DefaultOf("inference.max_persons")]
    public int MaxPersons { get; init; } = 20;

    /// <summary>
    /// Looks in each frame around the person of the frame before: a small person is seen larger. Only for the families
    /// <c>movenet-heads</c> and <c>movenet-points</c>; a video's frames then go through the network one by one.
    /// </summary>
    [DefaultOf("inference.crop_region")]
    public bool CropRegion { get; init; }
}

/// <summary>The <c>Tracking</c> section of appsettings.json: who is who over the frames of a video.</summary>
public sealed record TrackingSettings
{
    /// <summary>Gives people an identity over the frames of a video: <c>track_id</c>, and the table of tracks.</summary>
    [DefaultOf("tracking.enabled")]
    public bool Enabled { get; init; } = true;

    /// <summary>Who is unseen for longer counts as gone, and gets a new id on return. Keep it above the time between two inferred frames (stride).</summary>
    [DefaultOf("tracking.max_gap_s")]
    public double MaxGapSeconds { get; init; } = 1;

    /// <summary>What makes two poses one person: nearness of the joints (boxes where fewer than four can be compared), or overlap of the boxes.</summary>
    [DefaultOf("tracking.similarity")]
    public string Similarity { get; init; } = "keypoints";
}

/// <summary>The <c>Smoothing</c> section of appsettings.json.</summary>
public sealed record SmoothingSettings
{
    /// <summary>
    /// <c>one-euro</c> smooths slow movements strongly and fast ones hardly, for each person by itself, and keeps the raw positions
    /// in columns of their own. Needs tracking.
    /// </summary>
    [DefaultOf("smoothing.method")]
    public string Method { get; init; } = "none";
}

/// <summary>The <c>Output</c> section of appsettings.json.</summary>
public sealed record OutputSettings
{
    /// <summary>Folder of results; relative means the current folder.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Root { get; init; } = "results";

    /// <summary>Encoding of the tables; <c>compatible</c> for older readers (<see href="table-schema.md">table-schema.md</see>).</summary>
    [DefaultOf("output.profile")]
    public string Profile { get; init; } = "compact";

    /// <summary>Rows per row group of keypoints (at most 32,768 in the other tables), cut at a frame.</summary>
    [Range(1024, 10_000_000)]
    public int RowGroupRows { get; init; } = 131_072;

    /// <summary>Rounds x, y to 1/64 px and confidence to 0.001: smaller tables, recorded in their metadata.</summary>
    [DefaultOf("output.rounded")]
    public bool Rounded { get; init; }

    /// <summary>What to do when the same result exists.</summary>
    [DefaultOf("output.overwrite")]
    public string Overwrite { get; init; } = "never";

    /// <summary>
    /// Seconds of video after which work is safe on disk and a job of the service can go on there; cut at a frame, and counted in the
    /// <c>segment</c> column.
    /// </summary>
    [Range(1.0, 86400.0)]
    public double SegmentSeconds { get; init; } = 60;

    /// <summary>Identifies a source by its whole content instead of its size and 64 blocks of 64 KiB.</summary>
    public bool FullHash { get; init; }

    /// <summary>
    /// Rights that new files and folders do not get, in every verb, beside those that the program was started without: with
    /// <c>027</c> the owner writes, the group reads, nobody else sees results or store.
    /// </summary>
    [RegularExpression("0?[0-7]{3}", ErrorMessage = "must be three octal digits such as 027")]
    public string Umask { get; init; } = "027";
}

/// <summary>Every option of appsettings.json, bound and checked.</summary>
public sealed record Settings
{
    /// <summary>The ffmpeg child process.</summary>
    public DecodeSettings Decode { get; init; } = new();

    /// <summary>Model packages.</summary>
    public ModelSettings Models { get; init; } = new();

    /// <summary>Running the model.</summary>
    public InferenceSettings Inference { get; init; } = new();

    /// <summary>Thresholds.</summary>
    public PoseSettings Poses { get; init; } = new();

    /// <summary>Identities over time.</summary>
    public TrackingSettings Tracking { get; init; } = new();

    /// <summary>Positions over time.</summary>
    public SmoothingSettings Smoothing { get; init; } = new();

    /// <summary>Results.</summary>
    public OutputSettings Output { get; init; } = new();

    /// <summary>The watched folder.</summary>
    public InboxSettings Inbox { get; init; } = new();

    /// <summary>The queue and its workers.</summary>
    public JobSettings Jobs { get; init; } = new();

    /// <summary>The HTTP side.</summary>
    public ServiceSettings Service { get; init; } = new();
}
