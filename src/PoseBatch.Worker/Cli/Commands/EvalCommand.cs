using System.CommandLine;
using System.Diagnostics;
using PoseBatch.Evaluation;
using PoseBatch.Geometry;
using PoseBatch.Pipeline;
using PoseBatch.Tables;
using PoseBatch.Worker.Analysis.Evaluation;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// <c>posebatch eval REFERENCE</c>: average precision by COCO's rules and percentage of correct keypoints, of a model on the
/// pictures of the reference, or of results that are there already.
/// </summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        EvalOptions options = new();
        Command command = new("eval", "Measure a model, or results, against annotated people.");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(options, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(EvalOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        long since = Stopwatch.GetTimestamp();
        Settings settings = options.Common.Load(parsed);
        string named = parsed.GetValue(options.Reference)!;
        AnnotationSet truth = EvaluationFiles.ReadReference(named, parsed.GetValue(options.MinReferenceConfidence) ?? 0);
        Estimate estimate;
        try
        {
            estimate = parsed.GetValue(options.Results) is { } given
                ? new(EvaluationFiles.ReadPoses(given, truth))
                : await EstimateAsync(options, parsed, settings, truth, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }

        EvaluationReport report = EvaluationReport.Compare(named, options.PckOf(parsed), truth, estimate.Poses) with
        {
            Results = parsed.GetValue(options.Results),
            Model = estimate.Model,
            Detector = estimate.Detector,
            Boxes = estimate.Boxes,
            Warnings = estimate.Warnings,
            Elapsed = Stopwatch.GetElapsedTime(since),
        };
        if (parsed.GetValue(options.Poses) is { } posesFile)
        {
            int[] places = JointOrder.Places(truth.JointNames, estimate.Poses.JointNames);
            Writing(posesFile, () => EvaluationFiles.WriteResults(posesFile, [.. estimate.Poses.Poses.Select(pose => pose with { Joints = JointOrder.Pick(pose.Joints, places) })]));
        }

        if (parsed.GetValue(options.Output) is { } file)
        {
            Writing(file, () => File.WriteAllText(file, report.Json() + "\n"));
        }

        System.Console.Out.Write(parsed.GetValue(options.Json) ? report.Json() + Environment.NewLine : report.Text());
        return ExitCode.Done;
    }

    private static async Task<Estimate> EstimateAsync(EvalOptions options, ParseResult parsed, Settings settings, AnnotationSet truth, CancellationToken cancellation)
    {
        using PictureEstimator estimator = options.Open(parsed, settings);
        NonFiniteOutputCounter outputs = new("picture", id => truth.Images.First(image => image.Id == id).FileName);
        string folder = FolderOf(parsed.GetValue(options.Reference)!, parsed.GetValue(options.Images));
        IReadOnlyList<EstimatedPose> poses = await EstimateAllAsync(estimator, truth, folder, outputs, options.Speaks(parsed), cancellation);
        outputs.EnsureNumbers();
        return new(new(estimator.Model.Skeleton.Keypoints, poses))
        {
            Model = estimator.Model.Name,
            Detector = estimator.Detector?.Name,
            Boxes = options.BoxesOf(parsed).ToString().ToLowerInvariant(),
            Warnings = outputs.Warning is { } warning ? [warning] : [],
        };
    }

    private static async Task<IReadOnlyList<EstimatedPose>> EstimateAllAsync(
        PictureEstimator estimator, AnnotationSet truth, string folder, NonFiniteOutputCounter outputs, bool speaks, CancellationToken cancellation)
    {
        ILookup<long, AnnotatedPerson> people = truth.People.ToLookup(person => person.ImageId);
        List<EstimatedPose> poses = [];
        for (int i = 0; i < truth.Images.Count; i++)
        {
            AnnotatedImage image = truth.Images[i];
            BoundingBox[] boxes = [.. people[image.Id].Where(person => !person.IsCrowd && person.MarkedCount > 0).Select(person => person.Box)];
            poses.AddRange(await estimator.EstimateAsync(Path.Combine(folder, image.FileName), image.Id, boxes, outputs, cancellation));
            if (speaks)
            {
                await System.Console.Error.WriteAsync($"\r{i + 1}/{truth.Images.Count} pictures{(i + 1 == truth.Images.Count ? "\n" : string.Empty)}");
            }
        }

        return poses;
    }

    private static string FolderOf(string reference, string? images)
    {
        string beside = Path.GetDirectoryName(Path.GetFullPath(reference))!;
        return Directory.Exists(reference)
            ? throw new PoseBatchException(
                ReasonCode.SourceMissing, $"{reference} is a result: it names no pictures that a model could be run on.", "Name what to compare it with: --results RESULT.")
            : images ?? (Directory.Exists(Path.Combine(beside, "images")) ? Path.Combine(beside, "images") : beside);
    }

    private static void Writing(string file, Action write)
    {
        try
        {
            write();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(OutputRefusal.ReasonOf(fault), $"{file} cannot be written: {fault.Message}", cause: fault);
        }
    }

    /// <summary>What is measured, and where it comes from: nulls for results that were there already.</summary>
    private sealed record Estimate(PoseList Poses)
    {
        public string? Model { get; init; }

        public string? Detector { get; init; }

        public string? Boxes { get; init; }

        public IReadOnlyList<string> Warnings { get; init; } = [];
    }
}
