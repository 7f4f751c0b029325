using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Jobs;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>What a check is given; it touches nothing else of the inbox.</summary>
/// <param name="Candidate">Whom the result is for.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Facts">The file as it was judged whole.</param>
/// <param name="Spec">Its job, complete but for defaults.</param>
/// <param name="Finding">What an earlier check found; null to open the file.</param>
/// <param name="Quiet">For how long nobody has changed the file; null when that does not matter.</param>
/// <param name="IsLast">The file has had its time: what is not whole now fails.</param>
internal sealed record CheckOrder(PendingFile Candidate, string Path, FileFacts Facts, JobSpec Spec, CheckFinding? Finding, TimeSpan? Quiet, bool IsLast);

/// <summary>How a check ended.</summary>
internal enum CheckOutcome
{
    /// <summary>Its job is in the store.</summary>
    Taken,

    /// <summary>It is not whole, or cannot be read now.</summary>
    Unsettled,

    /// <summary>It was refused: nothing to be done until it changes.</summary>
    Refused,

    /// <summary>It changed meanwhile.</summary>
    Changed,

    /// <summary>The store cannot be reached now.</summary>
    StoreAway,
}

/// <summary>What a check brought.</summary>
/// <param name="Order">What was asked.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">In words; null when the outcome says it all.</param>
/// <param name="Job">The job, when it was taken.</param>
/// <param name="Finding">What is known of the file; null when nothing is.</param>
/// <param name="AskAfter">When to open an unsettled file again although it does not change; null for never.</param>
internal sealed record CheckResult(
    CheckOrder Order, CheckOutcome Outcome, string? Message = null, JobRecord? Job = null, CheckFinding? Finding = null, TimeSpan? AskAfter = null);

/// <summary>Opens a file's container and submits its job. Thread-safe.</summary>
/// <param name="desk">Takes the jobs.</param>
/// <param name="decoder">Opens the files.</param>
/// <param name="window">How long a file must be unchanged where nothing better tells that it is whole.</param>
internal sealed class ContainerCheck(JobSubmitter desk, IVideoDecoder decoder, TimeSpan window)
{
    /// <summary>After so long a file that could not be opened may open.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(60);

    /// <summary>Does it. Only cancellation and defects throw.</summary>
    public async Task<CheckResult> RunAsync(CheckOrder order, CancellationToken cancellation)
    {
        CheckFinding? finding = order.Finding;
        try
        {
            // Before anything is opened: a link may lead where this service must not read.
            _ = desk.SourcePath(order.Path);
            if (finding is null)
            {
                (finding, CheckResult? unsettled) = await OpenAsync(order, cancellation);
                if (unsettled is not null)
                {
                    return unsettled;
                }

                if (FileFacts.Of(order.Path) is not { } now || !now.IsSameContent(order.Facts))
                {
                    return new(order, CheckOutcome.Changed);
                }
            }

            JobSubmission submission = await desk.SubmitAsync(
                new NewJob
                {
                    Spec = order.Spec,
                    Origin = "folder",
                    SettlingSince = order.Candidate.FirstSeen,
                    DurationSeconds = finding!.DurationSeconds,
                    Refusal = finding.Refusal,
                },
                cancellation);
            return new(order, CheckOutcome.Taken, null, submission.Job, finding);
        }
        catch (JobRefusedException refused)
        {
            return new(order, CheckOutcome.Refused, refused.Message);
        }
        catch (JobStoreUnavailableException away)
        {
            return new(order, CheckOutcome.StoreAway, away.Message, null, finding);
        }
    }

    private async Task<(CheckFinding? Finding, CheckResult? Unsettled)> OpenAsync(CheckOrder order, CancellationToken cancellation)
    {
        if (order is { Quiet: { } quiet, IsLast: false, Facts.Kind: FileKind.Regular }
            && StabilityCheck.WindowFor(order.Facts.Size, ContainerOutline.Of(order.Path).StatedBytes, window, out string why) is var needed && quiet < needed)
        {
            return (null, new(order, CheckOutcome.Unsettled, why, AskAfter: needed - quiet));
        }

        try
        {
            VideoInfo video = await decoder.ProbeAsync(order.Path, null, cancellation);
            return (new(video.DurationSeconds, null), null);
        }
        catch (PoseBatchException lost) when (lost.IsChildLost && order.IsLast)
        {
            // A probe that was ended by a signal says nothing about the file, and the file has had its time: its job will tell.
            return (new(null, null), null);
        }
        catch (PoseBatchException failure)
        {
            bool mayPass = failure.Reason.IsTransient() || failure.Reason == ReasonCode.SourceMissing;
            return (mayPass && !order.IsLast) || failure.Reason == ReasonCode.SourceUnreadable
                ? (null, new(order, CheckOutcome.Unsettled, failure.Message, AskAfter: failure.Reason == ReasonCode.SourceUnsettled ? null : AskAgain))
                : (new(null, new(failure.Reason, failure.Message, failure.Advice)), null);
        }
    }
}
