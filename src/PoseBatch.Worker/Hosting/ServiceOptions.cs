using System.ComponentModel.DataAnnotations;

namespace PoseBatch.Worker.Hosting;

/// <summary>The <c>Inbox</c> section of appsettings.json: the watched folder of <c>posebatch run</c>.</summary>
public sealed record InboxSettings
{
    /// <summary>Folder that is watched; relative means the current folder; empty for none. Default <c>inbox</c>.</summary>
    public string Path { get; init; } = "inbox";

    /// <summary>Seconds between two scans, 0.1 to 3600; events only shorten the wait. Default 5.</summary>
    [Range(0.1, 3600.0)]
    public double ScanSeconds { get; init; } = 5;

    /// <summary>A file must be unchanged for that many seconds where nothing better tells that it is whole, 0 to 86400. Default 10.</summary>
    [Range(0.0, 86400.0)]
    public double SettleSeconds { get; init; } = 10;

    /// <summary>A file that is still not whole after so many unchanged seconds fails (<c>source_unsettled</c>), 1 to 2592000. Default 3600.</summary>
    [Range(1.0, 2_592_000.0)]
    public double UnsettledLimitSeconds { get; init; } = 3600;

    /// <summary><c>leave</c> (default) or <c>move</c>: finished sources go to <c>done/</c> or <c>failed/</c> in the inbox.</summary>
    [RegularExpression("leave|move", ErrorMessage = "must be leave or move")]
    public string AfterJob { get; init; } = "leave";
}

/// <summary>The <c>Jobs</c> section of appsettings.json: the queue and its workers.</summary>
public sealed record JobSettings
{
    /// <summary>Folder from which job files are taken; relative means the current folder; empty for none. Default <c>jobs</c>.</summary>
    public string Folder { get; init; } = "jobs";

    /// <summary>The SQLite file that keeps the jobs; relative means the current folder. On a local disk, never on NFS or SMB. Default <c>posebatch.db</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Store { get; init; } = "posebatch.db";

    /// <summary>Folders a job's source may lie in, beside the inbox; relative means the current folder. Default <c>.</c>.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>
    /// Videos that are decoded at once, 0 to 64; 0 (default) chooses: one more than cores, at least 2. A video whose frames are all
    /// decoded leaves its place to the next one, so that up to one less than twice as many are in work; with 1 there is only ever one.
    /// </summary>
    [Range(0, 64)]
    public int Parallel { get; init; }

    /// <summary>Seconds a worker may hold a job without a sign of life, 1 to 86400. Default 60.</summary>
    [Range(1.0, 86400.0)]
    public double LeaseSeconds { get; init; } = 60;

    /// <summary>Attempts before a job is set aside, 1 to 100. Default 3.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Wait before the second attempt, doubled for each further one, with jitter, 0 to 86400. Default 15.</summary>
    [Range(0.0, 86400.0)]
    public double RetrySeconds { get; init; } = 15;

    /// <summary>Seconds without a new frame after which an attempt is stopped (<c>stalled</c>), 1 to 86400. Default 300.</summary>
    [Range(1.0, 86400.0)]
    public double StallSeconds { get; init; } = 300;

    /// <summary>On SIGTERM, seconds to reach the end of a segment before the job is handed over as it is, 0 to 3600. Default 20.</summary>
    [Range(0.0, 3600.0)]
    public double DrainSeconds { get; init; } = 20;

    /// <summary>Videos up to that many seconds count as short: one place is kept free for them, 0 to 86400. Default 60.</summary>
    [Range(0.0, 86400.0)]
    public double ShortSeconds { get; init; } = 60;

    /// <summary>
    /// Frames a job may decode before it ends (<c>codec_unsupported</c>), 0 to 1000000000000; 0 for no limit. Default 20000000. A file of
    /// a few kilobytes may show its frames millions of times.
    /// </summary>
    [Range(0L, 1_000_000_000_000L)]
    public long MaxFrames { get; init; } = 20_000_000;

    /// <summary>Seconds one attempt may take before the job ends (<c>cancelled</c>), 0 to 31536000; 0 for no limit. Default 604800, a week.</summary>
    [Range(0.0, 31_536_000.0)]
    public double MaxRuntimeSeconds { get; init; } = 604_800;
}

/// <summary>The <c>Service</c> section of appsettings.json: the HTTP side of <c>posebatch run</c>.</summary>
public sealed record ServiceSettings
{
    /// <summary>The <see cref="LogFormat"/> of one JSON object per line.</summary>
    public const string JsonLog = "json";

    /// <summary>Where the live page and the API are served; empty for nowhere. Anything but loopback needs an ApiKey. Default <c>http://127.0.0.1:8478</c>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8478";

    /// <summary>Callers must send it as <c>X-Api-Key</c> or <c>Authorization: Bearer</c>; null (default) for none, which only loopback allows.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Largest upload in MiB, 0 to 1048576; 0 refuses uploads. Default 10240.</summary>
    [Range(0, 1_048_576)]
    public int UploadLimitMiB { get; init; } = 10_240;

    /// <summary>An OTLP endpoint that receives the metrics as well, for example <c>http://127.0.0.1:4318/v1/metrics</c>; null (default) for none.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>Lines of the log on standard error: <c>text</c> (default), or <c>json</c>, one object per line.</summary>
    [RegularExpression("text|json", ErrorMessage = "must be text or json")]
    public string LogFormat { get; init; } = "text";

    /// <summary>Runs ffmpeg confined, in every verb: limits, no new privileges, Landlock and seccomp where the kernel has them. Default true.</summary>
    public bool Confine { get; init; } = true;
}
