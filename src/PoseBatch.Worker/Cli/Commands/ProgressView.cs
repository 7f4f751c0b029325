using System.Diagnostics;
using System.Globalization;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// Live progress on standard error: frames, frames per second, time left and what limits. Says nothing when standard error
/// is not a terminal.
/// </summary>
internal static class ProgressView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs <paramref name="work"/>, showing what it reports through the callback it is given.</summary>
    /// <param name="label">Name of the video.</param>
    /// <param name="show">False for a quiet run.</param>
    /// <param name="work">The run; calls back once the container has been read.</param>
    public static async Task<T> RunAsync<T>(string label, bool show, Func<Action<VideoInfo, RunMeters>?, Task<T>> work)
    {
        if (!show || System.Console.IsErrorRedirected)
        {
            return await work(null);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });
        FactsColumn facts = new();
        T? result = default;
        await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 16 }, new PercentageColumn(), facts)
            .StartAsync(async context =>
            {
                ProgressTask line = context.AddTask(Markup.Escape(label), maxValue: 1);
                line.IsIndeterminate = true;
                RunMeters? meters = null;
                VideoInfo? video = null;
                Task<T> running = work((info, counted) =>
                {
                    video = info;
                    Volatile.Write(ref meters, counted);
                });
                Stopwatch watch = Stopwatch.StartNew();
                while (await Task.WhenAny(running, Task.Delay(Interval)) != running)
                {
                    if (Volatile.Read(ref meters) is { } counted)
                    {
                        facts.Text = Facts(video!, counted, watch.Elapsed);
                        if (Share(video!, counted) is { } share)
                        {
                            line.IsIndeterminate = false;
                            line.Value = share;
                        }
                    }
                }

                result = await running;
            });
        return result!;
    }

    /// <summary>Share of the video that is done, by time stamps where the container states a duration, else by frames; null when unknown.</summary>
    internal static double? Share(VideoInfo video, RunMeters meters) =>
        video.DurationSeconds is > 0 and { } duration ? Math.Min(1, meters.LastSeconds / duration)
        : video.AnnouncedFrames is > 0 and { } frames ? Math.Min(1, (double)meters.Decoded / frames)
        : null;

    /// <summary>For example <c>1,204 frames · 312 fps · 24.7 s left · decode limits</c>.</summary>
    internal static string Facts(VideoInfo video, RunMeters meters, TimeSpan elapsed)
    {
        double framesPerSecond = meters.Decoded / Math.Max(elapsed.TotalSeconds, 1e-3);
        string left = Share(video, meters) is > 0.001 and { } share
            ? $" · {Left(elapsed.TotalSeconds * (1 - share) / share)} left"
            : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{meters.Decoded:N0} frames · {framesPerSecond:F0} fps{left} · {meters.LimitedBy} limits");
    }

    /// <summary>For example <c>24.7 s</c>, <c>0:02:31</c>.</summary>
    internal static string Left(double seconds) => seconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
        : TimeSpan.FromSeconds(seconds).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture);

    private sealed class FactsColumn : ProgressColumn
    {
        public string Text { get; set; } = string.Empty;

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Text);
    }
}
