namespace PoseBatch.Worker.Hosting;

/// <summary>Exit codes of every verb (docs/cli.md).</summary>
internal static class ExitCode
{
    /// <summary>All that was asked for is there.</summary>
    public const int Done = 0;

    /// <summary>At least one video failed; the others are done. For <c>inspect</c>: the result is not consistent.</summary>
    public const int SomeFailed = 1;

    /// <summary>The command line or the configuration is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>Something that every video needs is missing: the model, the provider, ffmpeg.</summary>
    public const int NotReady = 3;

    /// <summary>Stopped by Ctrl-C or SIGTERM.</summary>
    public const int Cancelled = 130;
}
