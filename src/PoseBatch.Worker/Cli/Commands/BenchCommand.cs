using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Models;
using PoseBatch.Onnx;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.Cli.Bench;
using PoseBatch.Worker.Cli.Demo;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// <c>posebatch bench VIDEO</c>: the whole path against its bare parts, measured in interleaved rounds so that a machine
/// whose speed drifts treats all alike. Each part is a process of its own.
/// </summary>
/// <remarks>
/// Bare decode is ffmpeg to nowhere with one thread, whole process. Bare inference is the loaded model on one worker at
/// batch 1, start-up and loading not counted; with a detector both networks, at one crop a frame. The whole path
/// counts everything: start-up of the runtime, loading, decoding, inference, parsing, tables, verification. Times are the best
/// over the rounds; ratios are taken within each round, where the machine was the same, and their median is reported.
/// </remarks>
internal static class BenchCommand
{
    public static Command Create()
    {
        Argument<string> video = new("VIDEO") { Description = "A video, best of 3,000 frames or more: start-up is shared among them." };
        CommonOptions.NeverBlank(video);
        Option<int?> rounds = new("--rounds") { Description = "Interleaved rounds, 1 to 50. Default 3.", HelpName = "N" };
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Option<string?> part = new("--part") { Hidden = true };
        Option<long?> frames = new("--frames") { Hidden = true };
        CommonOptions common = new();
        CommonOptions.Within(rounds, 1, 50);

        Command command = new("bench", "Measure the whole path against bare decode and bare inference.") { video, rounds, json, part, frames };
        common.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isQuiet = parsed.GetValue(json) || parsed.GetValue(part) is not null;
            Settings settings = common.Load(parsed, isQuiet ? null : System.Console.Error.WriteLine);
            string file = parsed.GetValue(video)!;
            return parsed.GetValue(part) switch
            {
                "infer" => BareInference(settings, parsed.GetValue(frames) ?? 1000, cancellation),
                "whole" => await WholePathAsync(settings, file, cancellation),
                _ => await CompareAsync(parsed, settings, file, parsed.GetValue(rounds) ?? 3, parsed.GetValue(json), cancellation),
            };
        });
        return command;
    }

    private static async Task<int> CompareAsync(
        ParseResult parsed, Settings settings, string file, int rounds, bool asJson, CancellationToken cancellation)
    {
        VideoInfo video = await ModelHost.OpenDecoder(settings).ProbeAsync(file, null, cancellation);
        string self = Environment.ProcessPath!;

        // The verb first; more options follow it at once, for behind -- they would be names.
        string[] again = [.. parsed.Tokens.Where(token => token.Value is not "--json").Select(token => token.Value)];
        double decodeCpu = double.MaxValue, decodeFps = 0, inferCpu = double.MaxValue, inferFps = 0;
        Whole? best = null;
        double wholeCpu = double.MaxValue, wholeFps = 0;
        long peak = 0, frames = 0;

        // Confined as every other decoder: the file may come from anywhere.
        string[] confined = [.. ConfinedLauncher.ForReading(SelfLauncher.Of(settings), video.Path), settings.Decode.FfmpegPath];
        List<double> cpuRatios = [], fpsRatios = [];
        for (int round = 0; round < rounds; round++)
        {
            // The whole path first: it tells how many frames there are.
            ProcessTree.Measured whole = await Checked(self, [again[0], "--part", "whole", .. again[1..]], cancellation);
            Whole told = JsonSerializer.Deserialize<Whole>(whole.Output, Json)!;
            frames = told.Frames;
            wholeCpu = Math.Min(wholeCpu, whole.CpuSeconds * 1000 / frames);
            wholeFps = Math.Max(wholeFps, told.Fps);
            peak = Math.Max(peak, whole.PeakTreeBytes);
            best = best is null || told.ManagedBytesPerFrame < best.ManagedBytesPerFrame ? told : best;

            ProcessTree.Measured decode = await Checked(
                confined[0],
                [.. confined.Skip(1), "-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1", "-i", "file:" + video.Path,
                 "-map", string.Create(CultureInfo.InvariantCulture, $"0:{video.StreamIndex}"), "-an", "-fps_mode", "passthrough", "-f", "null", "-"],
                cancellation);
            decodeCpu = Math.Min(decodeCpu, decode.CpuSeconds * 1000 / frames);
            decodeFps = Math.Max(decodeFps, frames / decode.Wall.TotalSeconds);

            ProcessTree.Measured infer = await Checked(
                self, [again[0], "--part", "infer", "--frames", frames.ToString(CultureInfo.InvariantCulture), .. again[1..]], cancellation);
            Bare bare = JsonSerializer.Deserialize<Bare>(infer.Output, Json)!;
            inferCpu = Math.Min(inferCpu, bare.CpuMsPerFrame);
            inferFps = Math.Max(inferFps, bare.Fps);
            cpuRatios.Add(whole.CpuSeconds / (decode.CpuSeconds + (bare.CpuMsPerFrame * frames / 1000)));
            fpsRatios.Add(told.Fps / Math.Min(frames / decode.Wall.TotalSeconds, bare.Fps));
            if (!asJson)
            {
                System.Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round + 1}/{rounds}: decode {decode.CpuSeconds * 1000 / frames:F3} ms, infer {bare.CpuMsPerFrame:F3} ms, whole {whole.CpuSeconds * 1000 / frames:F3} ms CPU per frame"));
            }
        }

        Result result = new(
            Path.GetFileName(video.Path), frames, rounds, best!.Provider, best.Workers, best.MaxBatch,
            decodeCpu, decodeFps, inferCpu, inferFps, wholeCpu, Median(cpuRatios), wholeFps, Median(fpsRatios),
            best.LimitedBy, best.ManagedBytesPerFrame, best.Gen0, best.Gen1, best.Gen2, peak / 1e6);
        System.Console.Out.WriteLine(asJson ? JsonSerializer.Serialize(result, Json) : Table(result));
        return ExitCode.Done;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static async Task<ProcessTree.Measured> Checked(string file, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        ProcessTree.Measured run = await ProcessTree.RunAsync(file, arguments, cancellation);
        return run.ExitCode == 0
            ? run
            : throw new PoseBatchException(ReasonCode.Internal, $"{Path.GetFileName(file)} ended with {run.ExitCode}: {run.Errors.Trim()} {run.Output.Trim()}");
    }

    private static int BareInference(Settings settings, long frames, CancellationToken cancellation)
    {
        using LoadedModels models = ModelHost.OpenModels(settings with
        {
            Inference = settings.Inference with { BatchSize = settings.Inference.Provider is "auto" or "cpu" ? 1 : settings.Inference.BatchSize },
        });
        using IInferenceBuffers pose = SlotOfNoise(models.Pose);
        using IInferenceBuffers? detector = models.Detector is null ? null : SlotOfNoise(models.Detector);
        int batch = Math.Min(models.Pose.MaxBatch, models.Detector?.MaxBatch ?? int.MaxValue);
        for (int i = 0; i < 20; i++)
        {
            detector?.Run(batch);
            pose.Run(batch);
        }

        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long since = Stopwatch.GetTimestamp();
        long done = 0;
        while (done < frames && !cancellation.IsCancellationRequested)
        {
            detector?.Run(batch);
            pose.Run(batch);
            done += batch;
        }

        double wall = Stopwatch.GetElapsedTime(since).TotalSeconds;
        double used = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds;
        System.Console.Out.WriteLine(JsonSerializer.Serialize(new Bare(done / wall, used / done), Json));
        return ExitCode.Done;
    }

    // Made-up pixels: no network's time depends on what it sees. Small exponents keep floats in range.
    private static IInferenceBuffers SlotOfNoise(OnnxPoseModel model)
    {
        IInferenceBuffers slot = model.CreateBuffers();
        Random random = new(1);
        for (int image = 0; image < model.MaxBatch; image++)
        {
            Span<byte> input = slot.Input(image);
            random.NextBytes(input);
            if (model.Description.Input.Type == TensorType.Float16)
            {
                System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Half>(input).Fill((Half)0.5f);
            }
            else if (model.Description.Input.Type == TensorType.Float32)
            {
                Span<float> values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(input);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = random.NextSingle();
                }
            }
        }

        return slot;
    }

    private static async Task<int> WholePathAsync(Settings settings, string file, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("posebatch-bench-");
        try
        {
            await using ModelHost host = ModelHost.Open(settings);
            VideoJob job = VideoJobs.Of(new() { Source = new() { Path = file } }, folder.FullName, settings);
            await using SteadyState steady = new();
            Task<JobReport> running = host.Runner(TimeProvider.System).RunAsync(job, (video, meters) => steady.Watch(video, meters), cancellation);
            JobReport report = await running;
            SteadyState.Figures figures = await steady.StopAsync();
            if (report.State != RunOutcome.Completed)
            {
                System.Console.Error.WriteLine(ReportText.Line(report));
                return ExitCode.SomeFailed;
            }

            System.Console.Out.WriteLine(JsonSerializer.Serialize(
                new Whole(
                    report.Counts!.SourceFrames, report.FramesPerSecond, report.LimitedBy!, host.Engine.Estimator.Provider.Name,
                    host.Engine.WorkerCount, host.Engine.Estimator.MaxBatch,
                    figures.ManagedBytesPerFrame, figures.Gen0, figures.Gen1, figures.Gen2),
                Json));
            return ExitCode.Done;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Table(Result result)
    {
        string Row(string name, double cpu, double fps) => string.Create(CultureInfo.InvariantCulture, $"  {name,-16}{cpu,10:F3} ms/frame CPU {fps,10:F1} frames/s");
        return string.Create(CultureInfo.InvariantCulture, $"""
            {result.Video}: {result.Frames:N0} frames, {result.Rounds} interleaved rounds, best times and median ratios; provider {result.Provider}, {result.Workers} workers, batch up to {result.MaxBatch}
            {Row("bare decode", result.DecodeCpuMsPerFrame, result.DecodeFps)}
            {Row("bare inference", result.InferCpuMsPerFrame, result.InferFps)}
            {Row("whole path", result.CpuMsPerFrame, result.Fps)}
              CPU   {result.CpuRatio:F3} x the sum of the bare parts
              speed {result.FpsRatio:F3} x the slower bare part; {result.LimitedBy} limits
              steady state: {result.ManagedBytesPerFrame:F0} managed bytes per frame; collections gen0 {result.Gen0Collections}, gen1 {result.Gen1Collections}, gen2 {result.Gen2Collections}
              peak memory of the process tree: {result.PeakTreeMb:F0} MB
            """);
    }

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record Bare(double Fps, double CpuMsPerFrame);

    private sealed record Whole(
        long Frames, double Fps, string LimitedBy, string Provider, int Workers, int MaxBatch,
        double ManagedBytesPerFrame, int Gen0, int Gen1, int Gen2);

    private sealed record Result(
        string Video, long Frames, int Rounds, string Provider, int Workers, int MaxBatch,
        double DecodeCpuMsPerFrame, double DecodeFps, double InferCpuMsPerFrame, double InferFps,
        double CpuMsPerFrame, double CpuRatio, double Fps, double FpsRatio,
        string LimitedBy, double ManagedBytesPerFrame, int Gen0Collections, int Gen1Collections, int Gen2Collections, double PeakTreeMb);
}
