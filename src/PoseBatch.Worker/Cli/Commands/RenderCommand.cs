using System.CommandLine;
using System.Globalization;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Rendering;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch render RESULT</c>: the video with what was found drawn in, single frames of it, or a sheet of some.</summary>
internal static class RenderCommand
{
    public static Command Create()
    {
        Argument<string> result = new("RESULT") { Description = "A result folder." };
        CommonOptions.NeverBlank(result);
        Option<string?> video = new("--video") { Description = "The video, where it is no more in the place it was processed from.", HelpName = "FILE" };
        CommonOptions.NeverBlank(video);
        Option<string?> output = new("--out", "-o") { Description = "File to write; with --frames a folder. Default: named after the result, in the current folder.", HelpName = "PATH" };
        CommonOptions.NeverBlank(output);
        Option<string?> frames = new("--frames") { Description = "Single frames instead of the video: indices from 0, separated by commas.", HelpName = "N,N..." };
        frames.Validators.Add(found =>
        {
            if (found.Tokens.Count == 1 && Indices(found.Tokens[0].Value) is null)
            {
                found.AddError($"--frames: '{found.Tokens[0].Value}' is no list of frame indices. Write them like 10,20,30.");
            }
        });
        Option<bool> png = new("--png") { Description = "Single frames as PNG in the frame's own pixels: the default." };
        Option<bool> jpeg = new("--jpeg") { Description = "Single frames as JPEG, at most 1280 pixels wide and high." };
        Option<bool> sheet = new("--contact-sheet") { Description = "Twelve frames at even distances side by side, as PNG, instead of the video." };
        Option<bool> force = new("--force") { Description = "Draw also on a file that is not the one that was processed." };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace what is there." };
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Option<string?> config = new CommonOptions().Config;
        Command command = new("render", "Draw what was found into the video, or into frames of it.")
        {
            result, video, output, frames, png, jpeg, sheet, force, overwrite, json, config,
        };
        command.Validators.Add(found =>
        {
            if (found.GetValue(sheet) && found.GetValue(frames) is not null)
            {
                found.AddError("--contact-sheet and --frames ask for different pictures: give one of them.");
            }

            if (found.GetValue(png) && found.GetValue(jpeg))
            {
                found.AddError("--png and --jpeg ask for different formats: give one of them.");
            }
        });
        command.SetAction(async (parsed, cancellation) => await OneResult.RunAsync(parsed.GetValue(result)!, async () =>
        {
            (Settings settings, IConfiguration configuration) = SettingsLoader.Load(parsed.GetValue(config));
            Logging.Start(configuration);
            PoseResult found = PoseResult.Open(parsed.GetValue(result)!);
            ResultPictures pictures = await ResultPictures.OpenAsync(found, parsed.GetValue(video), parsed.GetValue(force), settings, cancellation);
            Wish wish = new(
                parsed.GetValue(frames) is { } list ? Indices(list) : null, parsed.GetValue(jpeg), parsed.GetValue(sheet), parsed.GetValue(output), parsed.GetValue(overwrite));
            OneResult.Say(found, await MakeAsync(pictures, wish, cancellation), [], parsed.GetValue(json));
        }));
        return command;
    }

    private static async Task<IReadOnlyList<string>> MakeAsync(ResultPictures pictures, Wish wish, CancellationToken cancellation)
    {
        string name = pictures.Result.Name;
        if (wish.Frames is { } frames)
        {
            string folder = Path.GetFullPath(wish.Output ?? name + ".frames");
            string suffix = wish.IsJpeg ? "jpg" : "png";
            PictureShape shape = wish.IsJpeg ? new() { IsJpeg = true, Box = new(1280, 1280) } : PictureShape.Exact;
            foreach (int frame in frames)
            {
                pictures.Require(frame);
            }

            string[] paths = [.. frames.Select(frame => Path.Combine(folder, FormattableString.Invariant($"frame-{frame:D6}.{suffix}")))];
            foreach ((int frame, string path) in frames.Zip(paths))
            {
                await AtomicFile.MakeAsync(path, wish.Overwrite, partial => pictures.WriteFrameAsync(frame, shape, partial, cancellation));
            }

            return paths;
        }

        string file = Path.GetFullPath(wish.Output ?? name + (wish.IsSheet ? ".contact-sheet.png" : ".mp4"));
        await AtomicFile.MakeAsync(file, wish.Overwrite, partial => wish.IsSheet
            ? pictures.WriteSheetAsync(SheetLayout.Default, partial, cancellation)
            : pictures.WriteVideoAsync(partial, cancellation));
        return [file];
    }

    /// <summary>Reads a list like <c>10,20</c>; null when it is none.</summary>
    private static int[]? Indices(string text)
    {
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        int[] indices = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out indices[i]))
            {
                return null;
            }
        }

        return [.. indices.Distinct()];
    }

    private sealed record Wish(int[]? Frames, bool IsJpeg, bool IsSheet, string? Output, bool Overwrite);
}
