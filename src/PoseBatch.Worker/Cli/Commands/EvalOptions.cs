using System.CommandLine;
using System.CommandLine.Parsing;
using PoseBatch.Evaluation;
using PoseBatch.Worker.Analysis.Evaluation;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>The options of <c>posebatch eval</c>: what they are called, what they allow, and what they ask for.</summary>
internal sealed class EvalOptions
{
    private readonly Option<string?> _boxes = new("--boxes") { Description = "Whom the network looks at: estimator (whom it or its detector finds, the default) or annotations (the true boxes).", HelpName = "SOURCE" };
    private readonly Option<string[]> _set = new("--set") { Description = "Another value for a field of model.json in this run, for example decoder.mode=multi; the detector's with detector. in front. May be repeated.", HelpName = "FIELD=VALUE" };
    private readonly Option<int?> _longSide = new("--long-side") { Description = "Give each picture an input of its own proportions with this longer side; the network must leave its size free.", HelpName = "N" };
    private readonly Option<int?> _height = new("--height") { Description = "The same with this height.", HelpName = "N" };
    private readonly Option<double?> _pck = new("--pck") { Description = "Largest distance of a correct joint, in lengths, above 0 to 10. Default 0.2.", HelpName = "S" };
    private readonly Option<string?> _pckLength = new("--pck-length") { Description = "That length: torso (mid-shoulder to mid-hip, the default) or box (its longer side).", HelpName = "LENGTH" };

    public EvalOptions()
    {
        CommonOptions.NeverBlank(Reference);
        foreach (Option option in new Option[] { Images, Results, _set, Poses, Output })
        {
            CommonOptions.NeverBlank(option);
        }

        _boxes.AcceptOnlyFromAmong("estimator", "annotations");
        _pckLength.AcceptOnlyFromAmong("torso", "box");
        CommonOptions.Within(_longSide, 16, 8192);
        CommonOptions.Within(_height, 16, 8192);
        CommonOptions.Within(_pck, 1e-6, 10);
        CommonOptions.Within(MinReferenceConfidence, 0, 1);
        _set.Validators.Add(CheckOverrides);
    }

    public CommonOptions Common { get; } = new();

    public Argument<string> Reference { get; } = new("REFERENCE") { Description = "COCO keypoint annotations (a .json file), or a result folder." };

    public Option<string?> Images { get; } = new("--images") { Description = "Folder of the pictures. Default: the folder images beside the annotations, or that of the annotations.", HelpName = "DIR" };

    public Option<string?> Results { get; } = new("--results") { Description = "Compare these instead of running a model: COCO results (a .json file), a result folder, or a folder of them.", HelpName = "PATH" };

    public Option<double?> MinReferenceConfidence { get; } = new("--min-reference-confidence") { Description = "Of a result as the reference: joints below it do not count, 0 to 1. Default 0.", HelpName = "S" };

    public Option<string?> Poses { get; } = new("--write-poses") { Description = "Write the poses as COCO results, for other tools.", HelpName = "FILE" };

    public Option<string?> Output { get; } = new("--out", "-o") { Description = "Write the JSON object to this file, too.", HelpName = "FILE" };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON object on standard output, nothing else." };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "No progress." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Reference);
        foreach (Option option in new Option[]
        {
            Images, Results, _boxes, _set, _longSide, _height, _pck, _pckLength, MinReferenceConfidence, Poses, Output, Json, Quiet,
            Common.Model, Common.Detector, Common.Provider, Common.DecodeThreads, Common.Config,
        })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(CheckTogether);
    }

    /// <summary>Whom the network looks at.</summary>
    public BoxSource BoxesOf(ParseResult parsed) => parsed.GetValue(_boxes) == "annotations" ? BoxSource.Annotations : BoxSource.Estimator;

    /// <summary>The network that is run, as the command line changes it.</summary>
    public PictureEstimator Open(ParseResult parsed, Settings settings) =>
        new(settings, new(parsed.GetValue(_set) ?? []), BoxesOf(parsed), new(parsed.GetValue(_longSide), parsed.GetValue(_height)));

    /// <summary>How far a correct joint may lie off, and the length that is measured in.</summary>
    public (double Limit, PckLength Length) PckOf(ParseResult parsed) => (parsed.GetValue(_pck) ?? 0.2, parsed.GetValue(_pckLength) == "box" ? PckLength.Box : PckLength.Torso);

    /// <summary>Whether progress is shown.</summary>
    public bool Speaks(ParseResult parsed) => !parsed.GetValue(Quiet) && !parsed.GetValue(Json) && !System.Console.IsErrorRedirected;

    private void CheckTogether(CommandResult parsed)
    {
        if (parsed.GetValue(Results) is not null
            && new Option[] { Images, _boxes, _set, _longSide, _height, Common.Model, Common.Detector, Common.Provider }
                .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } useless)
        {
            parsed.AddError($"{useless.Name} has no meaning with --results: no model is run.");
        }

        if (parsed.GetValue(_longSide) is not null && parsed.GetValue(_height) is not null)
        {
            parsed.AddError("--long-side and --height exclude each other.");
        }
    }

    private static void CheckOverrides(OptionResult result)
    {
        try
        {
            _ = new ModelOverrides(result.Tokens.Select(token => token.Value));
        }
        catch (FormatException fault)
        {
            result.AddError("--set: " + fault.Message);
        }
    }
}
