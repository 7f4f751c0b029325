using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PoseBatch.Geometry;
using PoseBatch.Targets;
using PoseBatch.Worker.Analysis.Targets;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>The options of <c>posebatch targets</c>: what they are called, what they allow, and what they ask for.</summary>
internal sealed class TargetsOptions
{
    private const int DefaultSide = 368;
    private const int DefaultStride = 8;
    private const int MostSide = 8192;

    private readonly Option<string> _output = new("--out", "-o") { Description = "Folder for the targets; it appears when all are there.", HelpName = "DIR", Required = true };
    private readonly Option<int?> _width = new("--width") { Description = "Width of the network's input in pixels, without --cells a multiple of the stride. Default 368.", HelpName = "N" };
    private readonly Option<int?> _height = new("--height") { Description = "Height of the network's input. Default 368.", HelpName = "N" };
    private readonly Option<int?> _stride = new("--stride") { Description = "Input pixels per cell, 1 to 64. Default 8.", HelpName = "N" };
    private readonly Option<string?> _cells = new("--cells") { Description = "Cells across and down, any number up to 8192 each; instead of --stride.", HelpName = "WxH" };
    private readonly Option<double?> _sigma = new("--sigma") { Description = "Spread of a joint in input pixels, above 0 to 1000. Default 8.", HelpName = "S" };
    private readonly Option<string?> _resize = new("--resize") { Description = "How pictures sit in the input: letterbox (one scale, centred, the default) or stretch.", HelpName = "RULE" };
    private readonly Option<string?> _reduction = new("--reduction") { Description = "A cell is made of its middle pixels (linear, the default) or of all (area).", HelpName = "RULE" };
    private readonly Option<bool> _noFields = new("--no-fields") { Description = "Heat maps only." };
    private readonly Option<double?> _limbRadius = new("--limb-radius") { Description = "Input pixels on both sides of a limb, above 0 to 1000. Default 8.", HelpName = "S" };
    private readonly Option<string?> _overlap = new("--overlap") { Description = "Where limbs cross: their mean (the default), or last (the last divided by their number, as tf-pose).", HelpName = "RULE" };
    private readonly Option<int?> _shard = new("--shard") { Description = "Pictures per file, 1 to 1000000. Default 1024.", HelpName = "N" };
    private readonly Option<bool> _skipEmpty = new("--skip-empty") { Description = "Leave out pictures without people." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a folder that exists." };

    public TargetsOptions()
    {
        CommonOptions.NeverBlank(Source);
        CommonOptions.NeverBlank(_output);
        CommonOptions.Within(_width, 1, MostSide);
        CommonOptions.Within(_height, 1, MostSide);
        CommonOptions.Within(_stride, 1, 64);
        CommonOptions.Within(_sigma, 1e-3, 1000);
        CommonOptions.Within(_limbRadius, 1e-3, 1000);
        CommonOptions.Within(MinConfidence, 0, 1);
        CommonOptions.Within(_shard, 1, 1_000_000);
        _resize.AcceptOnlyFromAmong("letterbox", "stretch");
        _reduction.AcceptOnlyFromAmong("linear", "area");
        Skeleton.AcceptOnlyFromAmong("openpose-18");
        _overlap.AcceptOnlyFromAmong("mean", "last");
    }

    public Argument<string> Source { get; } = new("SOURCE") { Description = "COCO keypoint annotations (a .json file), or a result folder." };

    public Option<string?> Skeleton { get; } = new("--skeleton") { Description = "openpose-18 adds a neck and takes OpenPose's order of joints and limbs. Default: the source's own.", HelpName = "NAME" };

    public Option<double?> MinConfidence { get; } = new("--min-confidence") { Description = "Joints of a result below it are left out, 0 to 1. Default 0.", HelpName = "S" };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON object on standard output, nothing else." };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "No progress." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Source);
        foreach (Option option in new Option[]
        {
            _output, _width, _height, _stride, _cells, _sigma, _resize, _reduction, Skeleton, _noFields, _limbRadius, _overlap, MinConfidence, _shard, _skipEmpty,
            _overwrite, Json, Quiet,
        })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(CheckGrid);
    }

    /// <summary>What the command line asks for.</summary>
    public TargetFolderOptions Read(ParseResult parsed) => new()
    {
        Path = parsed.GetValue(_output)!,
        Source = parsed.GetValue(Source)!,
        Targets = ReadTargets(parsed),
        Resize = parsed.GetValue(_resize) == "stretch" ? ResizeRule.Stretch : ResizeRule.Letterbox,
        Fields = !parsed.GetValue(_noFields),
        ShardSize = parsed.GetValue(_shard) ?? 1024,
        SkipsEmpty = parsed.GetValue(_skipEmpty),
        Overwrites = parsed.GetValue(_overwrite),
    };

    private TrainingTargetOptions ReadTargets(ParseResult parsed)
    {
        PixelSize input = new(parsed.GetValue(_width) ?? DefaultSide, parsed.GetValue(_height) ?? DefaultSide);
        int stride = parsed.GetValue(_stride) ?? DefaultStride;
        return new()
        {
            Input = input,
            Cells = parsed.GetValue(_cells) is { } cells ? CellsOf(cells)!.Value : new(input.Width / stride, input.Height / stride),
            Sigma = parsed.GetValue(_sigma) ?? 8,
            LimbRadius = parsed.GetValue(_limbRadius) ?? 8,
            Averages = parsed.GetValue(_reduction) == "area",
            LastLimbWins = parsed.GetValue(_overlap) == "last",
        };
    }

    /// <summary>Cells are named by their number or follow from a stride that divides both sides.</summary>
    private void CheckGrid(CommandResult parsed)
    {
        if (parsed.GetResult(_cells) is { Tokens: [var cells] })
        {
            if (CellsOf(cells.Value) is null)
            {
                parsed.AddError($"--cells: '{cells.Value}' is no number of cells across and down, 1 to 8192 each. Write it like 46x54.");
            }

            if (parsed.GetResult(_stride) is not null)
            {
                parsed.AddError("--cells and --stride exclude each other.");
            }

            return;
        }

        int stride = parsed.GetValue(_stride) ?? DefaultStride;
        foreach (Option<int?> option in new[] { _width, _height })
        {
            int side = parsed.GetValue(option) ?? DefaultSide;
            if (side % stride != 0)
            {
                parsed.AddError($"{option.Name} {side} is no multiple of the stride {stride}. Take another size, or name the cells with --cells WxH.");
            }
        }
    }

    private static PixelSize? CellsOf(string text) =>
        text.Split('x') is [var across, var down] && SideOf(across) is { } columns && SideOf(down) is { } rows ? new(columns, rows) : null;

    private static int? SideOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int cells) && cells is >= 1 and <= MostSide ? cells : null;
}
