using System.ComponentModel.DataAnnotations;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Worker.Hosting;

/// <summary>The <c>Decode</c> section of appsettings.json: the ffmpeg child process.</summary>
public sealed record DecodeSettings
{
    /// <summary>Name or path of ffmpeg (5.1 or later). Default <c>ffmpeg</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>Name or path of ffprobe. Default <c>ffprobe</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string FfprobePath { get; init; } = "ffprobe";

    /// <summary>Decoder threads, 0 to 64; 0 (default) chooses by picture size and cores.</summary>
    [Range(0, FfmpegOptions.MostDecodeThreads)]
    public int Threads { get; init; }

    /// <summary>A decoder that delivers no frame for that many seconds is stopped, 1 to 3600. Default 60.</summary>
    [Range(1, FfmpegOptions.MostStallSeconds)]
    public int StallSeconds { get; init; } = 60;

    /// <summary>Pictures with more pixels are refused, 1 to 1073741824. Default 67108864 (8192 x 8192).</summary>
    [Range(1, FfmpegOptions.MostPixels)]
    public int MaxPixels { get; init; } = 67_108_864;
}

/// <summary>The <c>Models</c> section of appsettings.json.</summary>
public sealed record ModelSettings
{
    /// <summary>
    /// Folder of the user's model packages; <c>~</c> is the home folder, a relative path means the current folder. Default
    /// <c>~/.posebatch/models</c>. The packages that come with the program are always found, too.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Root { get; init; } = "~/.posebatch/models";

    /// <summary>Folders with descriptions of well-known networks, found by hash; relative paths mean beside the program.</summary>
    public IReadOnlyList<string> Descriptions { get; init; } = [];

    /// <summary>The model that runs when none is named. Default <c>posebatch-small</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Default { get; init; } = "posebatch-small";

    /// <summary>The detector that finds people for a top-down model; null (default) for none.</summary>
    public string? Detector { get; init; }
}

/// <summary>The <c>Inference</c> section of appsettings.json.</summary>
public sealed record InferenceSettings
{
    /// <summary><c>auto</c> (default), <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>. Anything but auto that cannot be had is an error.</summary>
    [RegularExpression("auto|cpu|cuda|tensorrt", ErrorMessage = "must be auto, cpu, cuda or tensorrt")]
    public string Provider { get; init; } = "auto";

    /// <summary>Frames per model call, 0 to 256; 0 (default) chooses 1 on a CPU and 16 on a GPU.</summary>
    [Range(0, 256)]
    public int BatchSize { get; init; }

    /// <summary>Inference workers, 0 to 64; 0 (default) chooses: on a CPU by cores and the time of one run, so that decoding keeps its share; 2 on a GPU.</summary>
    [Range(0, 64)]
    public int Workers { get; init; }

    /// <summary>Threads inside one model call, 1 to 64. Default 1: several workers beat several threads.</summary>
    [Range(1, 64)]
    public int ThreadsPerRun { get; init; } = 1;
}

/// <summary>The <c>Poses</c> section of appsettings.json.</summary>
public sealed record PoseSettings
{
    /// <summary>Poses below it are dropped, 0 to 1; null (default) takes the model's own.</summary>
    [Range(0.0, 1.0)]
    public float? MinPersonScore { get; init; }

    /// <summary>Joints below it lose their position, 0 to 1; null (default) takes the model's own.</summary>
    [Range(0.0, 1.0)]
    public float? MinKeypointConfidence { get; init; }

    /// <summary>People per frame at most, best first, 1 to 1000. Default 20.</summary>
    [Range(1, 1000)]
    public int MaxPersons { get; init; } = 20;

    /// <summary>
    /// Looks in each frame around the person of the frame before; only for single-person MoveNet. A video's frames then go through
    /// the network one by one. Default false.
    /// </summary>
    public bool CropRegion { get; init; }
}

/// <summary>The <c>Tracking</c> section of appsettings.json: who is who over the frames of a video.</summary>
public sealed record TrackingSettings
{
    /// <summary>Gives people an identity over time. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Seconds, 0.01 to 3600, after which somebody unseen counts as gone: who comes then gets a new id. Default 1.</summary>
    [Range(0.01, 3600.0)]
    public double MaxGapSeconds { get; init; } = 1;

    /// <summary><c>keypoints</c> (default; boxes where fewer than four joints can be compared) or <c>box</c>.</summary>
    [RegularExpression("keypoints|box", ErrorMessage = "must be keypoints or box")]
    public string Similarity { get; init; } = "keypoints";
}

/// <summary>The <c>Smoothing</c> section of appsettings.json.</summary>
public sealed record SmoothingSettings
{
    /// <summary><c>none</c> (default) or <c>one-euro</c>, which needs tracking.</summary>
    [RegularExpression("none|one-euro", ErrorMessage = "must be none or one-euro")]
    public string Method { get; init; } = "none";
}

/// <summary>The <c>Output</c> section of appsettings.json.</summary>
public sealed record OutputSettings
{
    /// <summary>Folder of results; a relative path means the current folder. Default <c>results</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Root { get; init; } = "results";

    /// <summary><c>compact</c> (default) or <c>compatible</c> (for older readers).</summary>
    [RegularExpression("compact|compatible", ErrorMessage = "must be compact or compatible")]
    public string Profile { get; init; } = "compact";

    /// <summary>Rows per row group, cut at a frame, 1024 to 10000000. Default 131072.</summary>
    [Range(1024, 10_000_000)]
    public int RowGroupRows { get; init; } = 131_072;

    /// <summary>Rounds x, y to 1/64 px and confidence to 0.001. Default false.</summary>
    public bool Rounded { get; init; }

    /// <summary><c>never</c> (default: an existing result is left as it is) or <c>replace</c>.</summary>
    [RegularExpression("never|replace", ErrorMessage = "must be never or replace")]
    public string Overwrite { get; init; } = "never";

    /// <summary>Seconds of video after which work is safe on disk and a job can go on there, 1 to 86400; cut at a frame. Default 60.</summary>
    [Range(1.0, 86400.0)]
    public double SegmentSeconds { get; init; } = 60;

    /// <summary>How the tables are encoded.</summary>
    internal PoseBatch.Tables.TableOptions Tables => new()
    {
        Profile = Profile == "compact" ? PoseBatch.Tables.TableProfile.Compact : PoseBatch.Tables.TableProfile.Compatible,
        RowGroupRows = RowGroupRows,
        Rounded = Rounded,
    };

    /// <summary>Hashes the whole source file instead of 64 blocks of it. Default false.</summary>
    public bool FullHash { get; init; }

    /// <summary>
    /// Rights that files and folders made by this program do not get, as for <c>umask</c>: three octal digits, 000 to 777, beside those
    /// that the program was started without. Default <c>027</c>: the owner writes, the group reads, nobody else sees anything.
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
