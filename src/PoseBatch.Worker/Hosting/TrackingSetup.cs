using PoseBatch.Pipeline;
using PoseBatch.Tracking;

namespace PoseBatch.Worker.Hosting;

/// <summary>From the settings to what a job does about identities and smoothing.</summary>
internal static class TrackingSetup
{
    private const string NoSmoothing = "none";

    /// <summary>The job with what the settings say about identities and smoothing.</summary>
    /// <exception cref="SettingsException">Smoothing without tracking.</exception>
    public static VideoJob Apply(Settings settings, VideoJob job)
    {
        Check(settings);
        return job with
        {
            Tracking = !settings.Tracking.Enabled ? null : new TrackingOptions
            {
                MaxGapSeconds = settings.Tracking.MaxGapSeconds,
                Similarity = settings.Tracking.Similarity == "box" ? TrackSimilarity.BoundingBox : TrackSimilarity.Keypoints,
            },
            Smoothing = settings.Smoothing.Method == NoSmoothing ? SmoothingMethod.None : SmoothingMethod.OneEuro,
        };
    }

    /// <summary>Refuses what does not go together.</summary>
    /// <exception cref="SettingsException">Smoothing without tracking.</exception>
    public static void Check(Settings settings)
    {
        if (settings.Smoothing.Method != NoSmoothing && !settings.Tracking.Enabled)
        {
            throw new SettingsException(
                [$"Smoothing:Method = {settings.Smoothing.Method} follows each person over time, but Tracking:Enabled is false. Turn tracking on (--tracking on) or smoothing off (--smoothing none)."]);
        }
    }
}
