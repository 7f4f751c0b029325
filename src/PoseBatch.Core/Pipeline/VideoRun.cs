using System.Globalization;
using PoseBatch.Models;
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
        VideoInfo video = await decoder.ProbeAsync(job.Path, job.StreamIndex, cancellation);
        probed?.Invoke(video, meters);

        ModelDescription model = engine.Estimator.Description;
        PipelineSettings settings = new()
        {
            Selection = job.Selection,
            MinPersonScore = job.MinPersonScore ?? model.MinPersonScore,
            MinKeypointConfidence = job.MinKeypointConfidence ?? model.MinKeypointConfidence,
            MaxPersons = job.MaxPersons,
            SegmentSeconds = job.SegmentSeconds,
            FailOnDamage = job.FailOnDamage,
            MostSourceFrames = job.MostSourceFrames,
            Tracking = job.Tracking,
            Smoothing = job.Smoothing,
        };
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
            SourceId = job.SourceId ?? Path.GetFileName(job.Path),
            Video = video,
            Identity = identity,
            Model = model,
            Detector = engine.Estimator.Detector,
            Provider = engine.Estimator.Provider,
            DecoderVersion = decoder.Version,
            Settings = [.. SettingsThatChangeResults(job, video, settings), .. SettingsOf("model", model), .. SettingsOf("detector", engine.Estimator.Detector)],
            Tables = job.Tables,
            HasTracks = job.Tracking is not null,
            HasRawPositions = job.Smoothing != SmoothingMethod.None,
            Overwrite = job.Overwrite,
            JobId = job.JobId,
            Group = job.Group,
            Labels = job.Labels,
        };
        if (job.Admit is { } admit && await admit(request, cancellation) is { } settled)
        {
            return settled;
        }

        using IResultWriter writer = job.Guard is { } guard ? store.BeginSegmented(request, guard) : store.Begin(request);
        VideoPipeline pipeline = new(engine);
        DecodeReport decode = await pipeline.RunAsync(video, decoder, writer, settings, meters, watch.EnsureSameContent, cancellation);
        List<string> warnings = Warnings(video, decode, job, meters);
        ResultCounts counts = writer.Complete(new ResultFacts
        {
            Decode = decode,
            Started = started,
            Finished = clock.GetUtcNow(),
            Performance = Performance(meters, clock.GetElapsedTime(since)),
            Warnings = warnings,
        });
        return new JobReport { Path = job.Path, State = RunOutcome.Completed, ResultPath = writer.Path, Counts = counts, Warnings = warnings };
    }

    private List<KeyValuePair<string, object?>> SettingsThatChangeResults(VideoJob job, VideoInfo video, PipelineSettings settings) =>
    [
        new("decoder_version", (long)ParserVersion),
        new("frames.end_frame", settings.Selection.EndFrame),
        new("frames.end_s", settings.Selection.EndSeconds),
        new("frames.first_frame", settings.Selection.FirstFrame),
        new("frames.max_frames", settings.Selection.MaxFrames),
        new("frames.start_s", settings.Selection.StartSeconds),
        new("frames.stride", (long)settings.Selection.Stride),
        new("inference.crop_region", engine.Estimator.NeedsRegion),
        new("inference.max_persons", (long)settings.MaxPersons),
        new("inference.min_keypoint_confidence", (double)settings.MinKeypointConfidence),
        new("inference.min_person_score", (double)settings.MinPersonScore),
        new("inference.precision", "fp32"),
        new("output.segment_s", job.SegmentSeconds),
        new("smoothing.method", job.Smoothing == SmoothingMethod.OneEuro ? "one-euro" : "none"),
        new("source.stream", (long)video.StreamIndex),
        new("tables.profile", job.Tables.Profile == TableProfile.Compact ? "compact" : "compatible"),
        new("tables.rounded", job.Tables.Rounded),
        new("tables.row_group_rows", (long)job.Tables.RowGroupRows),
        new("tracking.enabled", job.Tracking is not null),
        new("tracking.max_gap_s", job.Tracking?.MaxGapSeconds),
        new("tracking.similarity", job.Tracking is null ? null : job.Tracking.Similarity == TrackSimilarity.Keypoints ? "keypoints" : "box"),
    ];

    // The same weights read by other rules, or fed another picture, are another model.
    private static IEnumerable<KeyValuePair<string, object?>> SettingsOf(string role, ModelDescription? model) => model is null
        ? []
        : [
            new($"{role}.sha256", model.Sha256),
            new($"{role}.family", model.Family),
            new($"{role}.input", TextOf(model.Input)),
            .. model.Decoder.OrderBy(parameter => parameter.Key, StringComparer.Ordinal)
                .Select(parameter => KeyValuePair.Create($"{role}.decoder.{parameter.Key}", (object?)parameter.Value)),
        ];

    private static string TextOf(ModelInput input) => string.Create(
        CultureInfo.InvariantCulture,
        $"{input.Size} {(input.IsRgb ? "rgb" : "bgr")} {input.Resize} pad {string.Join(' ', input.Pad)} mean {Numbers(input.Mean)} std {Numbers(input.Std)}");

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

    private static List<string> Warnings(VideoInfo video, DecodeReport decode, VideoJob job, RunMeters meters)
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

        if (job.Selection.StartSeconds is { } start && video.DurationSeconds is { } duration && start >= duration)
        {
            warnings.Add("The range starts after the end of the video; nothing was inferred.");
        }

        bool isSeries = job.Selection.MaxFrames != 1 && decode.DecodedFrames > job.Selection.Stride;
        if (isSeries && job.Tracking is { } tracking && video.NominalFps.IsKnown && job.Selection.Stride / video.NominalFps.Value > tracking.MaxGapSeconds)
        {
            warnings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Frames are inferred every {job.Selection.Stride / video.NominalFps.Value:0.##} s, but who is unseen for {tracking.MaxGapSeconds:0.##} s counts as gone: nobody keeps a track id. Allow a longer gap (--max-gap, Tracking:MaxGapSeconds) or a smaller stride."));
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
