using System.Globalization;
using PoseBatch.Jobs;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Tracking;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>One job from request to report. Every failure ends here as a report; nothing is thrown past it.</summary>
/// <param name="decoder">Opens videos.</param>
/// <param name="engine">Runs the model.</param>
/// <param name="store">Keeps results.</param>
/// <param name="identify">Computes the identity of a source's content.</param>
/// <param name="clock">The clock.</param>
public sealed class VideoRun(
    IVideoDecoder decoder,
    InferenceEngine engine,
    IResultStore store,
    Func<VideoInfo, CancellationToken, SourceIdentity> identify,
    TimeProvider clock)
{
    /// <summary>Version of the parsing rules; part of a result's key, so that results of other rules are not taken for equal.</summary>
    public const int ParserVersion = 1;

    /// <summary>Runs a job to its end.</summary>
    /// <param name="job">What was asked.</param>
    /// <param name="probed">Called once the container has been read, with the meters that will count; for progress.</param>
    /// <param name="cancellation">Ends the job at once, without a result.</param>
    public async Task<JobReport> RunAsync(VideoJob job, Action<VideoInfo, RunMeters>? probed, CancellationToken cancellation)
    {
        DateTimeOffset started = clock.GetUtcNow();
        long since = clock.GetTimestamp();
        RunMeters meters = new();
        JobReport report;
        try
        {
            report = await ProcessAsync(job, probed, meters, started, since, cancellation);
        }
        catch (ResultExistsException exists)
        {
            // At the start, or at the end when another run of the same job was quicker: what was asked for is there.
            report = new JobReport { Path = job.Path, State = RunOutcome.Exists, Message = exists.Message, Advice = exists.Advice, ResultPath = exists.Path };
        }
        catch (Exception failure)
        {
            report = Explain(job, failure, cancellation);
        }

        TimeSpan elapsed = clock.GetElapsedTime(since);
        long frames = meters.Decoded;
        return report with
        {
            Elapsed = elapsed,
            FramesPerSecond = frames > 0 ? frames / elapsed.TotalSeconds : 0,
            LimitedBy = frames > 0 ? meters.LimitedBy : null,
        };
    }

    private async Task<JobReport> ProcessAsync(
        VideoJob job, Action<VideoInfo, RunMeters>? probed, RunMeters meters, DateTimeOffset started, long since, CancellationToken cancellation)
    {
        VideoInfo video = await decoder.ProbeAsync(job.Path, job.Spec.Source.Stream, cancellation);
        probed?.Invoke(video, meters);

        ModelDescription model = engine.Estimator.Description;
        JobSpec spec = JobFields.Fill(job.Spec, JobFields.Defaults);
        PipelineSettings settings = PipelineSettings.Of(job, spec, model);
        SourceIdentity identity = identify(video, cancellation);
        SourceWatch watch = new(video.Path, video.Mark, identity, () => decoder.MarkOf(video.Path), () => identify(video, cancellation));
        if (decoder.MarkOf(video.Path) != video.Mark)
        {
            // What was probed may not be what was identified.
            throw new PoseBatchException(
                ReasonCode.SourceChanged, $"'{video.Path}' was written, replaced or renamed while it was being opened.", "Submit it again when nothing writes to it any more.");
        }

        ResultRequest request = new()
        {
            OutputRoot = job.OutputRoot,
            SourceId = job.Spec.SourceId ?? Path.GetFileName(job.Path),
            Video = video,
            Identity = identity,
            Model = model,
            Detector = engine.Estimator.Detector,
            Provider = engine.Estimator.Provider,
            DecoderVersion = decoder.Version,
            Settings = [.. ResultSettings(job, spec, video, settings), .. SettingsOf("model", model), .. SettingsOf("detector", engine.Estimator.Detector)],
            Tables = job.Tables,
            HasTracks = settings.Tracking is not null,
            HasRawPositions = settings.Smoothing != SmoothingMethod.None,
            Overwrite = job.Spec.Output.Overwrite == "replace" ? OverwriteRule.Replace : OverwriteRule.Never,
            JobId = job.JobId,
            Group = job.Spec.Group,
            Labels = job.Spec.Labels,
        };
        if (job.Admit is { } admit && await admit(request, cancellation) is { } settled)
        {
            return settled;
        }

        using IResultWriter writer = job.Guard is { } guard ? store.BeginSegmented(request, guard) : store.Begin(request);
        VideoPipeline pipeline = new(engine);
        DecodeReport decode = await pipeline.RunAsync(video, decoder, writer, settings, meters, watch.EnsureSameContent, cancellation);
        List<string> warnings = Warnings(video, decode, settings, meters);
        ResultCounts counts = await writer.CompleteAsync(new ResultFacts
        {
            Decode = decode,
            Started = started,
            Finished = clock.GetUtcNow(),
            Performance = Performance(meters, clock.GetElapsedTime(since)),
            Warnings = warnings,
        });
        return new JobReport { Path = job.Path, State = RunOutcome.Completed, ResultPath = writer.Path, Counts = counts, Warnings = warnings };
    }

    // What the user set, as it comes to effect: with the model's thresholds, the stream that was chosen, the region only where the model has one.
    private IEnumerable<KeyValuePair<string, object?>> ResultSettings(VideoJob job, JobSpec spec, VideoInfo video, PipelineSettings settings)
    {
        JobSpec effective = spec with
        {
            Source = spec.Source with { Stream = video.StreamIndex },
            Inference = spec.Inference with
            {
                CropRegion = engine.Estimator.NeedsRegion,
                MinPersonScore = settings.MinPersonScore,
                MinKeypointConfidence = settings.MinKeypointConfidence,
            },
            Frames = spec.Frames with { StartFrame = settings.Selection.FirstFrame },
            Tracking = settings.Tracking is null ? new JobTracking { Enabled = false } : spec.Tracking,
        };
        return JobFields.ResultKeyOf(effective)
            .Append(new("decoder_version", (long)ParserVersion))
            .Append(new("output.segment_s", job.SegmentSeconds))
            .Append(new("tables.row_group_rows", (long)job.RowGroupRows))
            .OrderBy(setting => setting.Key, StringComparer.Ordinal);
    }

    // The same weights read by other rules, or fed another picture, are another model.
    private static IEnumerable<KeyValuePair<string, object?>> SettingsOf(string role, ModelDescription? model) => model is null
        ? []
        : [
            new($"{role}.sha256", model.Sha256),
            new($"{role}.family", model.Family),
            new($"{role}.input", TextOf(model.Input)),
            .. model.Decoder.OrderBy(parameter => parameter.Key, StringComparer.Ordinal)
                .Select(parameter => KeyValuePair.Create($"{role}.decoder.{parameter.Key}", (object?)parameter.Value)),
            .. Given($"{role}.constants", string.Join(' ', model.Input.Constants.Select(TextOf))),
            .. Given($"{role}.limbs", string.Join(' ', model.Limbs.Select(TextOf))),
        ];

    // What most networks do not have is not named there, so that their keys stay what they are.
    private static IEnumerable<KeyValuePair<string, object?>> Given(string name, string text) => text.Length > 0 ? [new(name, text)] : [];

    private static string TextOf(ModelConstant constant) => string.Create(
        CultureInfo.InvariantCulture,
        $"{constant.Name} {constant.Type.ToString().ToLowerInvariant()} [{string.Join(',', constant.Shape)}] [{string.Join(',', constant.Values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)))}]");

    private static string TextOf(Limb limb) => string.Create(
        CultureInfo.InvariantCulture,
        $"{limb.From}-{limb.To}{(limb.Channels is { } channels ? $":{channels.X},{channels.Y}" : "")}{(limb.FillsGaps ? ":fills_gaps" : "")}");

    private static string TextOf(ModelInput input) => string.Create(
        CultureInfo.InvariantCulture,
        $"{input.Size} {input.ColourOrder.ToString().ToLowerInvariant()} {input.Resize} pad {string.Join(' ', input.Pad)} mean {Numbers(input.Mean)} std {Numbers(input.Std)}");

    private static string Numbers(IEnumerable<float> values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private List<KeyValuePair<string, object?>> Performance(RunMeters meters, TimeSpan elapsed) =>
    [
        new("elapsed_s", elapsed.TotalSeconds),
        new("frames_per_second", meters.Decoded / Math.Max(elapsed.TotalSeconds, 1e-9)),
        new("limited_by", meters.LimitedBy),
        new("decode_s", meters.Decoding.TotalSeconds),
        new("held_back_by_inference_s", meters.HeldBack.TotalSeconds),
        new("write_s", meters.Writing.TotalSeconds),
        new("workers", (long)engine.WorkerCount),
        new("max_batch", (long)engine.Estimator.MaxBatch),
    ];

    private static List<string> Warnings(VideoInfo video, DecodeReport decode, PipelineSettings settings, RunMeters meters)
    {
        List<string> warnings = [];
        if (decode.UndecodableFrames > 0)
        {
            warnings.Add(decode.UndecodableFrames == 1
                ? "1 frame could not be decoded; the ledger marks it undecodable."
                : $"{decode.UndecodableFrames} frames could not be decoded; the ledger marks them undecodable.");
        }

        warnings.AddRange(SourceWarnings.Of(video, decode, meters.Timeline));
        if (decode.ErrorLines > 0)
        {
            warnings.Add($"The decoder reported {decode.ErrorLines} {(decode.ErrorLines == 1 ? "error" : "errors")}; frames it marked damaged have status corrupt in the ledger.");
        }

        if (meters.Outputs.Warning is { } outputs)
        {
            warnings.Add(outputs);
        }

        if (settings.Selection.StartSeconds is { } start && video.DurationSeconds is { } duration && start >= duration)
        {
            warnings.Add("The range starts after the end of the video; nothing was inferred.");
        }

        bool isSeries = settings.Selection.MaxFrames != 1 && decode.DecodedFrames > settings.Selection.Stride;
        if (isSeries && settings.Tracking is { } tracking && video.NominalFps.IsKnown && settings.Selection.Stride / video.NominalFps.Value > tracking.MaxGapSeconds)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Frames are inferred every {settings.Selection.Stride / video.NominalFps.Value:0.##} s, but who is unseen for {tracking.MaxGapSeconds:0.##} s counts as gone: nobody keeps a track id. Allow a longer gap (--max-gap, Tracking:MaxGapSeconds) or a smaller stride."));
        }

        return warnings;
    }

    private static JobReport Explain(VideoJob job, Exception failure, CancellationToken cancellation)
    {
        (ReasonCode reason, string? advice) = failure switch
        {
            OperationCanceledException when cancellation.IsCancellationRequested => (ReasonCode.Cancelled, null),
            PoseBatchException known => (known.Reason, known.Advice),
            OutOfMemoryException => (ReasonCode.OutOfMemory, "Use fewer workers, a smaller batch or a smaller picture."),
            _ => (ReasonCode.Internal, "This is a defect of PoseBatch: please report it with the message and, if you can, the video."),
        };
        return new JobReport
        {
            Path = job.Path,
            State = reason == ReasonCode.Cancelled ? RunOutcome.Cancelled : RunOutcome.Failed,
            Reason = reason,
            Message = reason == ReasonCode.Internal ? $"{failure.GetType().Name}: {failure.Message}" : reason == ReasonCode.Cancelled ? "Cancelled." : failure.Message,
            Advice = advice,
            IsChildLost = failure is PoseBatchException { IsChildLost: true },
        };
    }
}
