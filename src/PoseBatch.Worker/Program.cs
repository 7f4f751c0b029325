using System.CommandLine;
using System.CommandLine.Help;
using PoseBatch;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.Onnx.Interop;
using PoseBatch.Worker.Cli.Commands;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service;

// The program is its own launcher for a confined ffmpeg: it gives its rights up and becomes it.
if (args is [ConfinedLauncher.Verb, ..])
{
    return ConfinedLauncher.Become(args);
}

// A service that is asked to stop ends cleanly, at whatever moment that is; it bounds its end itself.
using StopSignals? signals = args is [RunCommand.Verb, ..] ? StopSignals.Listen() : null;

// Before anything else: without room for files, not even the parts of the program can be loaded.
if (OpenFilesLimit.Problem() is { } tooFew)
{
    Console.Error.WriteLine(tooFew);
    return ExitCode.NotReady;
}

InheritedHandles.KeepFromChildren();

if (CurrentFolder.Problem() is { } gone)
{
    Console.Error.WriteLine(gone);
    return ExitCode.NotReady;
}

NativeHeap.ShareAmongThreads();

using IDisposable heap = NativeHeap.GiveBackEvery(TimeSpan.FromSeconds(5));

// Stages block on pipes and native calls: enough threads from the start, instead of one more every half second.
ThreadPool.SetMinThreads(Environment.ProcessorCount + 16, 8);

Console.OutputEncoding = System.Text.Encoding.UTF8;

// ENOSPC and EDQUOT of Linux, as they come back from a console that is a file.
const int NoSpaceLeft = 28, QuotaExceeded = 122;

RootCommand root = new("PoseBatch turns videos into trustworthy keypoint tables.")
{
    RunCommand.Create(signals),
    ProcessCommand.Create(),
    InspectCommand.Create(),
    ModelsCommand.Create(),
    DoctorCommand.Create(),
    BenchCommand.Create(),
    DemoCommand.Create(),
    EvalCommand.Create(),
    TargetsCommand.Create(),
    ExportCommand.Create(),
    RenderCommand.Create(),
    ReportCommand.Create(),
    SummaryCommand.Create(),
    QueryCommand.Create(),
    SubmitCommand.Create(),
    JobsCommand.Create(),
};

try
{
    // A word that begins with @ is a file of that name, not a file with more words in it.
    ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (parsed.Action is not HelpAction && UnknownOptions.Problems(parsed, args) is { Count: > 0 } unknown)
    {
        await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, unknown));
        return ExitCode.Usage;
    }

    int code = await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = signals is null ? TimeSpan.FromSeconds(10) : null,
    });
    return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
}
catch (SettingsException wrong)
{
    await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, wrong.Problems.Select(problem => "configuration: " + problem)));
    return ExitCode.Usage;
}
catch (PoseBatchException missing)
{
    await Console.Error.WriteLineAsync($"{missing.Reason.WireName()}: {missing.Message}");
    if (missing.Advice is not null)
    {
        await Console.Error.WriteLineAsync("  " + missing.Advice);
    }

    return ExitCode.NotReady;
}
catch (JobStoreUnavailableException away)
{
    await Console.Error.WriteLineAsync(away.Message);
    return ExitCode.NotReady;
}
catch (IOException full) when (full.HResult is NoSpaceLeft or QuotaExceeded)
{
    // Files of our own that do not fit are told by their writers; what is left is what this program prints.
    await Console.Error.WriteLineAsync($"The output cannot be written: {full.Message}");
    return ExitCode.NotReady;
}
finally
{
    Logging.Stop();
}
