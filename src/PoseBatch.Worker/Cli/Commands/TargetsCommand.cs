using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
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
        TargetsOptions options = new();
        Command command = new("targets", "Draw training targets: heat maps and part affinity fields.");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(options, parsed, cancellation)));
        return command;
    }

    private static int Run(TargetsOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        long since = Stopwatch.GetTimestamp();
        string named = parsed.GetValue(options.Source)!;
        TargetSource source = TargetSource.Open(named, parsed.GetValue(options.MinConfidence) ?? 0);
        source = parsed.GetValue(options.Skeleton) is null ? source : source.AsOpenPose18();
        TargetFolderOptions wanted = options.Read(parsed);
        if (wanted.Fields && source.Bones.Count == 0)
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing, $"{named} names no bones, so there are no fields to draw.", "Write a skeleton into its category, or give --no-fields.");
        }

        bool asJson = parsed.GetValue(options.Json), speaks = !parsed.GetValue(options.Quiet) && !asJson && !System.Console.IsErrorRedirected;
        long written;
        try
        {
            written = new TargetFolder(wanted, source).Write(seen => Say(speaks, seen, source.Count), cancellation);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }

        double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        System.Console.Out.WriteLine(asJson
            ? JsonLine.Of(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("source", named);
                writer.WriteString("targets", Path.GetFullPath(wanted.Path));
                writer.WriteNumber("pictures", written);
                writer.WriteNumber("elapsed_s", Math.Round(seconds, 3));
                writer.WriteEndObject();
            })
            : string.Create(CultureInfo.InvariantCulture, $"{named}: targets of {written:N0} pictures in {seconds:F1} s; {wanted.Path}"));
        return ExitCode.Done;
    }

    // Once in a while, and at the end.
    private static void Say(bool speaks, long seen, long all)
    {
        if (speaks && (seen % 64 == 0 || seen == all))
        {
            System.Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{seen:N0}/{all:N0} pictures{(seen == all ? "\n" : string.Empty)}"));
        }
    }
}
