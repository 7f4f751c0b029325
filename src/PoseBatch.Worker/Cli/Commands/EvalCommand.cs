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
        Argument<string> reference = new("REFERENCE") { Description = "COCO keypoint annotations (a .json file), or a result folder." };
        Option<string?> images = new("--images") { Description = "Folder of the pictures. Default: the folder images beside the annotations, or that of the annotations.", HelpName = "DIR" };
        Option<string?> results = new("--results") { Description = "Compare these instead of running a model: COCO results (a .json file), a result folder, or a folder of them.", HelpName = "PATH" };
        Option<string?> boxes = new("--boxes") { Description = "Whom the network looks at: estimator (whom it or its detector finds, the default) or annotations (the true boxes).", HelpName = "SOURCE" };
        Option<string[]> set = new("--set") { Description = "Another value for a field of model.json in this run, for example decoder.mode=multi; the detector's with detector. in front. May be repeated.", HelpName = "FIELD=VALUE" };
        Option<int?> longSide = new("--long-side") { Description = "Give each picture an input of its own proportions with this longer side; the network must leave its size free.", HelpName = "N" };
        Option<int?> height = new("--height") { Description = "The same with this height.", HelpName = "N" };
        Option<double?> pck = new("--pck") { Description = "Largest distance of a correct joint, in lengths, above 0 to 10. Default 0.2.", HelpName = "S" };
        Option<string?> length = new("--pck-length") { Description = "That length: torso (mid-shoulder to mid-hip, the default) or box (its longer side).", HelpName = "LENGTH" };
        Option<double?> confidence = new("--min-reference-confidence") { Description = "Of a result as the reference: joints below it do not count, 0 to 1. Default 0.", HelpName = "S" };
        Option<string?> poses = new("--write-poses") { Description = "Write the poses as COCO results, for other tools.", HelpName = "FILE" };
        Option<string?> output = new("--out", "-o") { Description = "Write the JSON object to this file, too.", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No progress." };
        CommonOptions common = new();

        CommonOptions.NeverBlank(reference);
        foreach (Option path in new Option[] { images, results, set, poses, output })
        {
            CommonOptions.NeverBlank(path);
        }

        boxes.AcceptOnlyFromAmong("estimator", "annotations");
        length.AcceptOnlyFromAmong("torso", "box");
        CommonOptions.Within(longSide, 16, 8192);
        CommonOptions.Within(height, 16, 8192);
        CommonOptions.Within(pck, 1e-6, 10);
        CommonOptions.Within(confidence, 0, 1);

        Command command = new("eval", "Measure a model, or results, against annotated people.") { reference };
        foreach (Option option in new Option[] { images, results, boxes, set, longSide, height, pck, length, confidence, poses, output, json, quiet })
        {
            command.Options.Add(option);
        }

        foreach (Option option in new Option[] { common.Model, common.Detector, common.Provider, common.DecodeThreads, common.Config })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(results) is not null
                && new Option[] { images, boxes, set, longSide, height, common.Model, common.Detector, common.Provider }
                    .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } useless)
            {
                parsed.AddError($"{useless.Name} has no meaning with --results: no model is run.");
            }

            if (parsed.GetValue(longSide) is not null && parsed.GetValue(height) is not null)
            {
                parsed.AddError("--long-side and --height exclude each other.");
            }
        });
        set.Validators.Add(result =>
        {
            try
            {
                _ = new ModelOverrides(result.Tokens.Select(token => token.Value));
            }
            catch (FormatException fault)
            {
                result.AddError("--set: " + fault.Message);
            }
        });

        command.SetAction(async (parsed, cancellation) =>
        {
            long since = Stopwatch.GetTimestamp();
            Settings settings = common.Load(parsed);
            string named = parsed.GetValue(reference)!;
            AnnotationSet truth = EvaluationFiles.ReadReference(named, parsed.GetValue(confidence) ?? 0);
            string? given = parsed.GetValue(results);
            PoseList found;
            string? model = null, detector = null, boxSource = null;
            IReadOnlyList<string> warnings = [];
            if (given is not null)
            {
                found = EvaluationFiles.ReadPoses(given, truth);
            }
            else
            {
                BoxSource source = parsed.GetValue(boxes) == "annotations" ? BoxSource.Annotations : BoxSource.Estimator;
                using PictureEstimator estimator = new(
                    settings, new(parsed.GetValue(set) ?? []), source, new(parsed.GetValue(longSide), parsed.GetValue(height)));
                NonFiniteOutputCounter outputs = new("picture", id => truth.Images.First(image => image.Id == id).FileName);
                bool speaks = !parsed.GetValue(quiet) && !parsed.GetValue(json) && !System.Console.IsErrorRedirected;
                try
                {
                    found = new(
                        estimator.Model.Skeleton.Keypoints,
                        await EstimateAllAsync(estimator, truth, FolderOf(named, parsed.GetValue(images)), outputs, speaks, cancellation));
                    outputs.EnsureNumbers();
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    return ExitCode.Cancelled;
                }

                (model, detector, boxSource) = (estimator.Model.Name, estimator.Detector?.Name, source.ToString().ToLowerInvariant());
                warnings = outputs.Warning is { } warning ? [warning] : [];
            }

            (double, PckLength) limit = (parsed.GetValue(pck) ?? 0.2, parsed.GetValue(length) == "box" ? PckLength.Box : PckLength.Torso);
            EvaluationReport report = EvaluationReport.Compare(named, limit, truth, found) with
            {
                Results = given,
                Model = model,
                Detector = detector,
                Boxes = boxSource,
                Warnings = warnings,
                Elapsed = Stopwatch.GetElapsedTime(since),
            };
            if (parsed.GetValue(poses) is { } posesFile)
            {
                int[] places = JointOrder.Places(truth.JointNames, found.JointNames);
                Writing(posesFile, () => EvaluationFiles.WriteResults(posesFile, [.. found.Poses.Select(pose => pose with { Joints = JointOrder.Pick(pose.Joints, places) })]));
            }

            if (parsed.GetValue(output) is { } file)
            {
                Writing(file, () => File.WriteAllText(file, report.Json() + "\n"));
            }

            System.Console.Out.Write(parsed.GetValue(json) ? report.Json() + Environment.NewLine : report.Text());
            return ExitCode.Done;
        });
        return command;
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
}
