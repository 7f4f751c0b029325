using PoseBatch.Results.Reading;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>What the verbs that make something of one finished result have in common.</summary>
internal static class OneResult
{
    /// <summary>Runs it; a failure is told on standard error with its reason and the way out.</summary>
    /// <param name="path">The result as the user named it.</param>
    /// <param name="work">What to do.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string path, Func<Task> work)
    {
        try
        {
            await work();
            return ExitCode.Done;
        }
        catch (PoseBatchException fault)
        {
            System.Console.Error.WriteLine($"{path}: {fault.Reason.WireName()}: {fault.Message}");
            if (fault.Advice is not null)
            {
                System.Console.Error.WriteLine("  " + fault.Advice);
            }

            return ExitCode.SomeFailed;
        }
        catch (OperationCanceledException)
        {
            System.Console.Error.WriteLine($"{path}: cancelled; nothing half-made was left.");
            return ExitCode.Cancelled;
        }
    }

    /// <summary>Says what was made: paths on standard output, notes on standard error; or both as one JSON object.</summary>
    public static void Say(PoseResult result, IReadOnlyList<string> made, IReadOnlyList<string> notes, bool asJson)
    {
        if (asJson)
        {
            System.Console.Out.WriteLine(JsonLine.Of(json =>
            {
                json.WriteStartObject();
                json.WriteString("result", result.Path);
                json.WriteStartArray("made");
                foreach (string path in made)
                {
                    json.WriteStringValue(path);
                }

                json.WriteEndArray();
                json.WriteStartArray("notes");
                foreach (string note in notes)
                {
                    json.WriteStringValue(note);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }));
            return;
        }

        foreach (string path in made)
        {
            System.Console.Out.WriteLine(path);
        }

        foreach (string note in notes)
        {
            System.Console.Error.WriteLine("  note: " + note);
        }
    }
}
