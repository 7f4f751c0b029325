using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PoseBatch.Geometry;
using PoseBatch.Worker.Analysis.Targets;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// <c>posebatch targets SOURCE</c>: turns annotated people, or those of a result, into what a bottom-up network is trained on:
/// Gaussian heat maps with a background, and part affinity fields.
/// </summary>
internal static class TargetsCommand
{
    public static Command Create()
    {
        Argument<string> source = new("SOURCE") { Description = "COCO keypoint annotations (a .json file), or a result folder." };
        Option<string> output = new("--out", "-o") { Description = "Folder for the targets; it appears when all are there.", HelpName = "DIR", Required = true };
        Option<int?> width = new("--width") { Description = "Width of the network's input in pixels, without --cells a multiple of the stride. Default 368.", HelpName = "N" };
        Option<int?> height = new("--height") { Description = "Height of the network's input. Default 368.", HelpName = "N" };
        Option<int?> stride = new("--stride") { Description = "Input pixels per cell, 1 to 64. Default 8.", HelpName = "N" };
        Option<string?> cells = new("--cells") { Description = "Cells across and down, any number up to 8192 each; instead of --stride.", HelpName = "WxH" };
        Option<double?> sigma = new("--sigma") { Description = "Spread of a joint in input pixels, above 0 to 1000. Default 8.", HelpName = "S" };
        Option<string?> resize = new("--resize") { Description = "How pictures sit in the input: letterbox (one scale, centred, the default) or stretch.", HelpName = "RULE" };
        Option<string?> reduction = new("--reduction") { Description = "A cell is made of its middle pixels (linear, the default) or of all (area).", HelpName = "RULE" };
        Option<string?> skeleton = new("--skeleton") { Description = "openpose-18 adds a neck and takes OpenPose's order of joints and limbs. Default: the source's own.", HelpName = "NAME" };
        Option<bool> noFields = new("--no-fields") { Description = "Heat maps only." };
        Option<double?> radius = new("--limb-radius") { Description = "Input pixels on both sides of a limb, above 0 to 1000. Default 8.", HelpName = "S" };
        Option<string?> overlap = new("--overlap") { Description = "Where limbs cross: their mean (the default), or last (the last divided by their number, as tf-pose).", HelpName = "RULE" };
        Option<double?> confidence = new("--min-confidence") { Description = "Joints of a result below it are left out, 0 to 1. Default 0.", HelpName = "S" };
        Option<int?> shard = new("--shard") { Description = "Pictures per file, 1 to 1000000. Default 1024.", HelpName = "N" };
        Option<bool> skip = new("--skip-empty") { Description = "Leave out pictures without people." };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace a folder that exists." };
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No progress." };

        CommonOptions.NeverBlank(source);
        CommonOptions.NeverBlank(output);
        CommonOptions.Within(width, 1, 8192);
        CommonOptions.Within(height, 1, 8192);
        CommonOptions.Within(stride, 1, 64);
        CommonOptions.Within(sigma, 1e-3, 1000);
        CommonOptions.Within(radius, 1e-3, 1000);
        CommonOptions.Within(confidence, 0, 1);
        CommonOptions.Within(shard, 1, 1_000_000);
        resize.AcceptOnlyFromAmong("letterbox", "stretch");
        reduction.AcceptOnlyFromAmong("linear", "area");
        skeleton.AcceptOnlyFromAmong("openpose-18");
        overlap.AcceptOnlyFromAmong("mean", "last");

        Command command = new("targets", "Draw training targets: heat maps and part affinity fields.") { source, output };
        foreach (Option option in new Option[] { width, height, stride, cells, sigma, resize, reduction, skeleton, noFields, radius, overlap, confidence, shard, skip, overwrite, json, quiet })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(cells) is { Tokens.Count: 1 } asked)
            {
                if (CellsOf(asked.Tokens[0].Value) is null)
                {
                    parsed.AddError($"--cells: '{asked.Tokens[0].Value}' is no number of cells across and down, 1 to 8192 each. Write it like 46x54.");
                }

                if (parsed.GetResult(stride) is not null)
                {
                    parsed.AddError("--cells and --stride exclude each other.");
                }

                return;
            }

            int cell = parsed.GetValue(stride) ?? 8;
            foreach (Option<int?> side in new[] { width, height })
            {
                if ((parsed.GetValue(side) ?? 368) % cell != 0)
                {
                    parsed.AddError($"{side.Name} {parsed.GetValue(side) ?? 368} is no multiple of the stride {cell}. Take another size, or name the cells with --cells WxH.");
                }
            }
        });

        command.SetAction((parsed, cancellation) =>
        {
            long since = Stopwatch.GetTimestamp();
            string named = parsed.GetValue(source)!;
            TargetSource opened = TargetSource.Open(named, parsed.GetValue(confidence) ?? 0);
            opened = parsed.GetValue(skeleton) is null ? opened : opened.AsOpenPose18();
            bool hasFields = !parsed.GetValue(noFields);
            if (hasFields && opened.Bones.Count == 0)
            {
                throw new PoseBatchException(
                    ReasonCode.SourceMissing, $"{named} names no bones, so there are no fields to draw.", "Write a skeleton into its category, or give --no-fields.");
            }

            string folder = parsed.GetValue(output)!;
            PixelSize input = new(parsed.GetValue(width) ?? 368, parsed.GetValue(height) ?? 368);
            int pitch = parsed.GetValue(stride) ?? 8;
            TargetFolder writer = new(
                new()
                {
                    Path = folder,
                    Source = named,
                    Targets = new()
                    {
                        Input = input,
                        Cells = parsed.GetValue(cells) is { } grid ? CellsOf(grid)!.Value : new(input.Width / pitch, input.Height / pitch),
                        Sigma = parsed.GetValue(sigma) ?? 8,
                        LimbRadius = parsed.GetValue(radius) ?? 8,
                        Averages = parsed.GetValue(reduction) == "area",
                        LastLimbWins = parsed.GetValue(overlap) == "last",
                    },
                    Resize = parsed.GetValue(resize) == "stretch" ? ResizeRule.Stretch : ResizeRule.Letterbox,
                    Fields = hasFields,
                    ShardSize = parsed.GetValue(shard) ?? 1024,
                    SkipsEmpty = parsed.GetValue(skip),
                    Overwrites = parsed.GetValue(overwrite),
                },
                opened);
            bool speaks = !parsed.GetValue(quiet) && !parsed.GetValue(json) && !System.Console.IsErrorRedirected;
            long written;
            try
            {
                written = writer.Write(seen => Say(speaks, seen, opened.Count), cancellation);
            }
            catch (OperationCanceledException)
            {
                return Task.FromResult(ExitCode.Cancelled);
            }

            double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
            System.Console.Out.WriteLine(parsed.GetValue(json)
                ? JsonLine.Of(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("source", named);
                    writer.WriteString("targets", Path.GetFullPath(folder));
                    writer.WriteNumber("pictures", written);
                    writer.WriteNumber("elapsed_s", Math.Round(seconds, 3));
                    writer.WriteEndObject();
                })
                : string.Create(CultureInfo.InvariantCulture, $"{named}: targets of {written:N0} pictures in {seconds:F1} s; {folder}"));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static PixelSize? CellsOf(string text) => text.Split('x') is [var across, var down]
        && int.TryParse(across, NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns is >= 1 and <= 8192
        && int.TryParse(down, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows is >= 1 and <= 8192 ? new(columns, rows) : null;

    // Once in a while, and at the end.
    private static void Say(bool speaks, long seen, long all)
    {
        if (speaks && (seen % 64 == 0 || seen == all))
        {
            System.Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{seen:N0}/{all:N0} pictures{(seen == all ? "\n" : string.Empty)}"));
        }
    }
}
