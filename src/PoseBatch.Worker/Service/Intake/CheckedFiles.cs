using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Takes in what the checks found out about pending files.</summary>
/// <param name="state">Which files are pending.</param>
/// <param name="status">Learns whether the store answers.</param>
/// <param name="mover">Moves files whose jobs are over; null when they are left where they are.</param>
/// <param name="logger">Receives what was taken and what was not.</param>
/// <param name="clock">Tells when a file is to be opened again.</param>
internal sealed class CheckedFiles(InboxState state, IntakeStatus status, SourceMover? mover, ILogger logger, TimeProvider clock)
{
    /// <summary>Takes in one result.</summary>
    public void Take(CheckResult result)
    {
        PendingFile file = result.Order.File;
        file.Stage = PendingStage.Settling;
        switch (result.Outcome)
        {
            case CheckOutcome.Taken:
                Submitted(result.Order, result.Job!);
                break;
            case CheckOutcome.Unsettled:
                file.NotWhole(result.Message!, result.Order.IsLast, result.AskAfter, clock);
                break;
            case CheckOutcome.Refused:
                Halt(file, result.Order.Path, result.Message!);
                break;
            case CheckOutcome.StoreAway:
                file.Finding = result.Finding;
                file.Waiting = "the job store cannot be reached";
                status.StoreIsAway(result.Message!);
                break;
            default:
                file.Waiting = "changed while it was opened";
                break;
        }
    }

    /// <summary>Nothing can be done about a file until it changes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="problem">Why, in words for the user.</param>
    public void Halt(PendingFile file, string path, string problem)
    {
        file.Stage = PendingStage.Halted;
        file.Waiting = problem;
        IntakeLog.NotTaken(logger, path, problem);
    }

    private void Submitted(CheckOrder order, JobRecord job)
    {
        status.StoreIsBack();
        state.Submitted(order.File, order.Facts);
        mover?.Await(job, new(order.File.RelativePath, order.Facts.Size, order.Facts.ModifiedTicks));
        IntakeLog.Taken(logger, order.Path, job.Id, job.Status.WireName());
    }
}
