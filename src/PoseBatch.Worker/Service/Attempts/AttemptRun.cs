using System.Globalization;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>The work of an attempt: takes an engine, runs the video, writes the exports. Every failure is a report; nothing is thrown.</summary>
/// <param name="lease">The right to work on the job.</param>
/// <param name="parts">What it works with.</param>
/// <param name="stop">Ends it early.</param>
/// <param name="progress">Is told how far it is.</param>
/// <param name="fence">Lets it commit.</param>
/// <param name="admission">Lets it run.</param>
internal sealed class AttemptRun(
    JobLease lease, AttemptParts parts, AttemptStop stop, AttemptProgress progress, CommitFence fence, Admission admission)
{
    private volatile EngineLease? _engine;
    private volatile bool _isExporting;

    /// <summary>Whether the exports are being written, which may draw a video.</summary>
    public bool IsExporting => _isExporting;

    private JobSpec Spec => lease.Job.Spec;

    /// <summary>Report of a run that was told to stop.</summary>
    public static JobReport Stopped(JobSpec spec) =>
        new() { Path = spec.Source.Path, State = RunOutcome.Cancelled, Reason = ReasonCode.Cancelled, Message = "Stopped." };

    /// <summary>Runs the job.</summary>
    /// <param name="decoded">Called on any thread when the last frame has been decoded.</param>
    public async Task<JobReport> RunAsync(Action decoded) => await ExportAsync(await ComputeAsync(decoded));

    /// <summary>The work was told to stop and does not: nobody waits for it any more.</summary>
    /// <returns>The call of the network that does not come back, in words; null when it is none of a network.</returns>
    public string? LeaveBehind()
    {
        if (_engine is not { } engine)
        {
            return null;
        }

        TimeSpan call = engine.Loaded.LongestCall;
        if (call <= StopWait.Patience)
        {
            return null;
        }

        if (stop.Cause == StopCause.Stalled)
        {
            engine.GiveUp();
        }

        return string.Create(CultureInfo.InvariantCulture, $"a call of {engine.Loaded.Runs} has run for {call.TotalSeconds:0} s and cannot be interrupted");
    }

    private async Task<JobReport> ComputeAsync(Action decoded)
    {
        try
        {
            return await RunOnEngineAsync(decoded);
        }
        catch (PoseBatchException known)
        {
            return Failure(known.Reason, known.Message, known.Advice) with { IsChildLost = known.IsChildLost };
        }
        catch (SettingsException wrong)
        {
            return Failure(ReasonCode.ModelMismatch, wrong.Message, "Submit the job with settings that go together.");
        }
        catch (OperationCanceledException)
        {
            return Stopped(Spec);
        }
        catch (Exception defect)
        {
            return Failure(ReasonCode.Internal, $"{defect.GetType().Name}: {defect.Message}", "This is a defect of PoseBatch: please report it.");
        }
    }

    private async Task<JobReport> RunOnEngineAsync(Action decoded)
    {
        parts.Submitter.Mounts.NoteSource(Spec.Source.Path);
        parts.Submitter.Mounts.RequireOutput(Spec);
        PinnedSource.Check(Spec.Source, progress.Step, stop.Token);
        if (parts.Submitter.ModelProblemOf(Spec) is { } elsewhere)
        {
            return Failure(ReasonCode.ModelMissing, elsewhere, "Submit the job again with a model that it may name.");
        }

        await using EngineLease engine = await parts.Engines.RentAsync(EngineKey.Of(Spec, parts.Settings), stop.Token);
        stop.Token.ThrowIfCancellationRequested();
        _engine = engine;
        await using CancellationTokenRegistration hangs = engine.Hangs.Register(() => stop.Because(StopCause.NetworkHangs));
        progress.Step();
        progress.Runs = engine.Loaded.Caution is { } caution ? $"{engine.Loaded.Runs}. {caution}" : engine.Loaded.Runs;
        if (Spec.Model.Sha256 is { } pinned && pinned != engine.Loaded.Sha256)
        {
            return Failure(
                ReasonCode.ModelMismatch,
                $"Model {Spec.Model.Name} has SHA-256 {engine.Loaded.Sha256}, but the job asks for {pinned}.",
                "Install the model the job was written for, or submit the job without model.sha256.");
        }

        VideoJob job = VideoJobs.Of(Spec, parts.Submitter.Paths.OutputFolder(Spec), parts.Settings) with
        {
            MostSourceFrames = parts.Settings.Jobs.MaxFrames > 0 ? parts.Settings.Jobs.MaxFrames : null,
            JobId = lease.Id,
            Guard = fence,
            Admit = admission.AdmitAsync,
        };
        return await engine.Loaded.RunAsync(job, (video, meters) => progress.Follow(video, meters, decoded), progress.Step, stop.Token);
    }

    /// <summary>Writes what the job wants beside its tables; what fails there becomes a warning.</summary>
    private async Task<JobReport> ExportAsync(JobReport report)
    {
        if (report.State is not (RunOutcome.Completed or RunOutcome.Exists) || Spec.Output.Exports.Count == 0)
        {
            return report;
        }

        progress.Step();
        _isExporting = true;
        try
        {
            IReadOnlyList<string> problems = await JobExports.WriteAsync(
                report.ResultPath!, Spec.Output.Exports, Spec.Source.Path, parts.Settings, stop.Token);
            return report with { Warnings = [.. report.Warnings, .. problems] };
        }
        catch (OperationCanceledException)
        {
            return report with { Warnings = [.. report.Warnings, "The exports were not written: the job was stopped first. The tables are complete."] };
        }
    }

    private JobReport Failure(ReasonCode reason, string message, string? advice) => new()
    {
        Path = Spec.Source.Path,
        State = RunOutcome.Failed,
        Reason = reason,
        Message = message,
        Advice = advice,
    };
}
