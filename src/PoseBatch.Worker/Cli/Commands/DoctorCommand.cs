using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using PoseBatch.Onnx.Runtime;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch doctor</c>: what this machine has, what it lacks, and what to do about it.</summary>
internal static class DoctorCommand
{
    private enum Verdict
    {
        Good,
        Note,
        Missing,
    }

    public static Command Create()
    {
        CommonOptions common = new();
        Option<bool> json = new("--json") { Description = "One JSON array on standard output." };
        Command command = new("doctor", "Say what this machine has and lacks, and what to do about it.") { json };
        common.AddTo(command);
        command.SetAction(parsed =>
        {
            List<Finding> findings = Examine(common.Load(parsed));
            System.Console.Out.WriteLine(parsed.GetValue(json) ? Json(findings) : Text(findings));
            return findings.Exists(finding => finding.Verdict == Verdict.Missing) ? ExitCode.NotReady : ExitCode.Done;
        });
        return command;
    }

    private static List<Finding> Examine(Settings settings)
    {
        List<Finding> findings =
        [
            new("posebatch", Verdict.Good, typeof(DoctorCommand).Assembly.GetName().Version!.ToString(3), null),
            new("machine", Verdict.Good, string.Create(
                CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB memory, {RuntimeInformation.OSDescription}, .NET {Environment.Version}"), null),
            Try("ffmpeg", () => ModelHost.OpenDecoder(settings).Version, Verdict.Missing),
            Confinement(settings),
        ];

        try
        {
            ProviderProbe probe = ProviderProbe.Run();
            findings.Add(new("onnxruntime", Verdict.Good, probe.Runtime, null));
            foreach (ProviderStatus provider in probe.Providers)
            {
                bool asked = settings.Inference.Provider == provider.Provider;
                findings.Add(new(
                    "provider " + provider.Provider,
                    provider.IsAvailable ? Verdict.Good : asked ? Verdict.Missing : Verdict.Note,
                    provider.IsAvailable ? "can be tried" : provider.Reason,
                    provider.IsAvailable ? null : provider.Provider == "cpu" ? null : "Needed only for that provider: see docs/decisions/0003-onnx-runtime-source.md."));
            }

            findings.Add(new(
                "gpu", probe.Gpus.Count > 0 ? Verdict.Good : Verdict.Note, probe.Gpus.Count > 0 ? string.Join(", ", probe.Gpus) : "no NVIDIA device or driver found",
                probe.Gpus.Count > 0 ? null : "Inference runs on the CPU."));
        }
        catch (PoseBatchException failure)
        {
            findings.Add(new("onnxruntime", Verdict.Missing, failure.Message, failure.Advice));
        }

        string names = settings.Models.Detector is { Length: > 0 } detector ? $"{settings.Models.Default} with {detector}" : settings.Models.Default;
        findings.Add(Try("model " + names, () =>
        {
            using LoadedModels models = ModelHost.OpenModels(settings);
            return $"runs on {models.Pose.Provider.Name} ({models.Pose.Provider.Device})";
        }, Verdict.Missing));
        return findings;
    }

    private static Finding Confinement(Settings settings)
    {
        string[] lacks = [.. SelfLauncher.Lacks(settings)];
        return lacks.Length == 0
            ? new("confinement", Verdict.Good, "ffmpeg runs with Landlock and a seccomp filter", null)
            : new("confinement", Verdict.Note, string.Join(' ', lacks), "Without it, open videos of strangers in a container or virtual machine only.");
    }

    private static Finding Try(string name, Func<string> look, Verdict otherwise)
    {
        try
        {
            return new(name, Verdict.Good, look(), null);
        }
        catch (PoseBatchException failure)
        {
            return new(name, otherwise, failure.Message, failure.Advice);
        }
    }

    private static string Text(List<Finding> findings)
    {
        IEnumerable<string> lines = findings.Select(finding =>
        {
            string mark = finding.Verdict switch { Verdict.Good => "ok     ", Verdict.Note => "note   ", _ => "MISSING" };
            string line = $"{mark} {finding.Name,-20} {finding.Detail}";
            return finding.Advice is null ? line : line + Environment.NewLine + new string(' ', 29) + finding.Advice;
        });
        string end = findings.Exists(finding => finding.Verdict == Verdict.Missing)
            ? "Something that is needed is missing."
            : "Everything that is needed is here.";
        return string.Join(Environment.NewLine, [.. lines, end]);
    }

    private static string Json(List<Finding> findings) => JsonLine.Of(json =>
    {
        json.WriteStartArray();
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("name", finding.Name);
            json.WriteString("verdict", finding.Verdict.ToString().ToLowerInvariant());
            json.WriteString("detail", finding.Detail);
            json.WriteString("advice", finding.Advice);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private sealed record Finding(string Name, Verdict Verdict, string Detail, string? Advice);
}
