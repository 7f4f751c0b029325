using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Jobs;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Opens a file's container and submits its job. Thread-safe.</summary>
/// <param name="submitter">Takes the jobs.</param>
/// <param name="decoder">Opens the files.</param>
/// <param name="stability">Says whether a file is whole.</param>
internal sealed class ContainerCheck(JobSubmitter submitter, IVideoDecoder decoder, StabilityCheck stability)
{
    /// <summary>Does it. Only cancellation and defects throw.</summary>
    public async Task<CheckResult> RunAsync(CheckOrder order, CancellationToken cancellation)
    {
        CheckFinding? finding = order.Finding;
        try
        {
            // Before anything is opened: a link may lead where this service must not read.
            _ = submitter.Paths.SourcePath(order.Path);
            if (finding is null)
            {
                (finding, Unsettled? unsettled) = await OpenAsync(order, cancellation);
                if (unsettled is not null)
                {
                    return new(order, CheckOutcome.Unsettled, unsettled.Why, AskAfter: unsettled.AskAfter);
                }

                if (FileFacts.Of(order.Path) is not { } now || !now.IsSameContent(order.Facts))
                {
                    return new(order, CheckOutcome.Changed);
                }
            }

            JobSubmission submission = await submitter.SubmitAsync(
                new NewJob
                {
                    Spec = order.Spec,
                    Origin = "folder",
                    SettlingSince = order.File.FirstSeen,
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

    private async Task<(CheckFinding? Finding, Unsettled? Unsettled)> OpenAsync(CheckOrder order, CancellationToken cancellation)
    {
        if (order is { Idle: { } idle, IsLast: false, Facts.Kind: FileKind.Regular }
            && stability.JudgeLength(order.Facts.Size, ContainerOutline.Of(order.Path).StatedBytes, idle) is { } isShort)
        {
            return (null, isShort);
        }

        try
        {
            VideoInfo video = await decoder.ProbeAsync(order.Path, null, cancellation);
            return (new(video.DurationSeconds, null), null);
        }
        catch (PoseBatchException failure)
        {
            return StabilityCheck.JudgeFailure(failure, order.IsLast);
        }
    }
}
