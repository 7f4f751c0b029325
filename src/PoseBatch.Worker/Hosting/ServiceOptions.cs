using System.ComponentModel.DataAnnotations;

namespace PoseBatch.Worker.Hosting;

/// <summary>The <c>Inbox</c> section of appsettings.json: the watched folder of <c>posebatch run</c>.</summary>
public sealed record InboxSettings
{
    /// <summary>Folder that is watched; relative means the current folder; empty for none.</summary>
    public string Path { get; init; } = "inbox";

    /// <summary>Seconds between two scans; events only shorten the wait.</summary>
    [Range(0.1, 3600.0)]
    public double ScanSeconds { get; init; } = 5;

    /// <summary>A file must be unchanged for that long where nothing better tells that it is whole.</summary>
    [Range(0.0, 86400.0)]
    public double SettleSeconds { get; init; } = 10;

    /// <summary>A file that is still not whole after so many unchanged seconds fails (<c>source_unsettled</c>).</summary>
    [Range(1.0, 2_592_000.0)]
    public double UnsettledLimitSeconds { get; init; } = 3600;

    /// <summary><c>move</c>: finished sources go to <c>done/</c> or <c>failed/</c> in the inbox; otherwise they are never touched.</summary>
    [RegularExpression("leave|move", ErrorMessage = "must be leave or move")]
    public string AfterJob { get; init; } = "leave";
}

/// <summary>The <c>Jobs</c> section of appsettings.json: the queue and its workers.</summary>
public sealed record JobSettings
{
    /// <summary>Folder from which job files are taken; relative means the current folder; empty for none.</summary>
    public string Folder { get; init; } = "jobs";

    /// <summary>
    /// Where the jobs are kept: a SQLite file on a local disk, never on NFS or SMB, for one machine; or a PostgreSQL database,
    /// <c>postgres://user@host/database</c>, for several.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Store { get; init; } = "posebatch.db";

    /// <summary>Folders a job's source may lie in, beside the inbox, and a model that it names by its path; relative means the current folder.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>
    /// Videos decoded at once; 0 chooses: one more than cores, at least 2. With more than 1, the next one begins while the last
    /// frames of one are inferred and its tables written.
    /// </summary>
    [Range(0, 64)]
    public int Parallel { get; init; }

    /// <summary>Seconds a worker may hold a job without a sign of life; it gives four in that time.</summary>
    [Range(1.0, 86400.0)]
    public double LeaseSeconds { get; init; } = 60;

    /// <summary>Attempts before a job is set aside.</summary>
    [DefaultOf("limits.max_attempts")]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Wait before the second attempt, doubled for each further one, with jitter.</summary>
    [Range(0.0, 86400.0)]
    public double RetrySeconds { get; init; } = 15;

    /// <summary>Seconds without a new frame after which an attempt is stopped (<c>stalled</c>).</summary>
    [DefaultOf("limits.stall_timeout_s")]
    public double StallSeconds { get; init; } = 300;

    /// <summary>When asked to stop, seconds to reach the end of a segment before the job is handed over as it is.</summary>
    [Range(0.0, 3600.0)]
    public double DrainSeconds { get; init; } = 20;

    /// <summary>Videos up to that long count as short: one slot is kept free for them.</summary>
    [Range(0.0, 86400.0)]
    public double ShortSeconds { get; init; } = 60;

    /// <summary>
    /// A job ends at the first frame beyond so many, inferred or not (<c>codec_unsupported</c>): a file of a few kilobytes may show
    /// its frames millions of times. The default is a week at 33 frames/s; 0 for no limit. Never changes results.
    /// </summary>
    [Range(0L, 1_000_000_000_000L)]
    public long MaxFrames { get; init; } = 20_000_000;

    /// <summary>
    /// A job ends when one attempt takes longer (<c>cancelled</c>); its segments stay, and <c>jobs retry</c> goes on from there. A
    /// job's own <c>limits.max_runtime_s</c> may be shorter, not longer. The default is a week; 0 for no limit. Never changes
    /// results.
    /// </summary>
    [Range(0.0, 31_536_000.0)]
    public double MaxRuntimeSeconds { get; init; } = 604_800;
}

/// <summary>The <c>Service</c> section of appsettings.json: the HTTP side of <c>posebatch run</c>.</summary>
public sealed record ServiceSettings
{
    /// <summary>The <see cref="LogFormat"/> of one JSON object per line.</summary>
    public const string JsonLog = "json";

    /// <summary>Where the live page and the API are served; empty for nowhere. Anything but loopback needs an <c>ApiKey</c>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8478";

    /// <summary>
    /// Callers send it as <c>X-Api-Key</c> or <c>Authorization: Bearer</c>; null for none, which only loopback allows. ASCII, no
    /// space at its ends, as it travels in a header.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>Largest upload; 0 refuses uploads.</summary>
    [Range(0, 1_048_576)]
    public int UploadLimitMiB { get; init; } = 10_240;

    /// <summary>An OTLP endpoint that receives the metrics as well, for example <c>http://127.0.0.1:4318/v1/metrics</c>.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>Lines of the log on standard error. <c>json</c>: one object per line (<see href="#serilog">below</see>).</summary>
    [RegularExpression("text|json", ErrorMessage = "must be text or json")]
    public string LogFormat { get; init; } = "text";

    /// <summary>Runs ffmpeg confined, in every verb: limits, no new privileges, Landlock and seccomp where the kernel has them.</summary>
    public bool Confine { get; init; } = true;
}
