using System.CommandLine;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>The options that say how the frames of a video depend on each other.</summary>
internal sealed class SequenceOptions
{
    private readonly Option<string?> _tracking = new("--tracking") { Description = "on or off: give people an identity over time (track_id, tracks.parquet). Default: the configured one (on).", HelpName = "on|off" };
    private readonly Option<double?> _maxGap = new("--max-gap") { Description = "Who is unseen for S seconds counts as gone and gets a new identity, 0.01 to 3600. Default: the configured one (1).", HelpName = "S" };
    private readonly Option<string?> _smoothing = new("--smoothing") { Description = "none or one-euro: smooth positions over time; the raw ones get columns of their own. Default: the configured one (none).", HelpName = "METHOD" };

    private readonly Option<string?> _cropRegion = new("--crop-region") { Description = "on or off: look in each frame around the person of the frame before (single-person MoveNet only). Default: the configured one (off).", HelpName = "on|off" };

    public SequenceOptions()
    {
        _cropRegion.AcceptOnlyFromAmong("on", "off");
        _tracking.AcceptOnlyFromAmong("on", "off");
        _smoothing.AcceptOnlyFromAmong("none", "one-euro");
        CommonOptions.Within(_maxGap, 0.01, 3600);
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _tracking, _maxGap, _smoothing, _cropRegion })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The settings with the command line on top.</summary>
    public Settings Over(Settings settings, ParseResult parsed) => settings with
    {
        Poses = settings.Poses with { CropRegion = parsed.GetValue(_cropRegion) is { } region ? region == "on" : settings.Poses.CropRegion },
        Tracking = settings.Tracking with
        {
            Enabled = parsed.GetValue(_tracking) is { } tracking ? tracking == "on" : settings.Tracking.Enabled,
            MaxGapSeconds = parsed.GetValue(_maxGap) ?? settings.Tracking.MaxGapSeconds,
        },
        Smoothing = settings.Smoothing with { Method = parsed.GetValue(_smoothing) ?? settings.Smoothing.Method },
    };
}
