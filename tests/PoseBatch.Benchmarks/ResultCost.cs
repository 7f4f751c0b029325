using System.Diagnostics;
using System.Globalization;
using PoseBatch.Poses;
using PoseBatch.Results;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Benchmarks;

/// <summary>
/// What share of a core does a whole result cost at 34,000 keypoint rows per second (2,000 frames per second of one person): rows,
/// four tables, hashes, and the comparison of every row before it gets its name? And how long does the longest collection of
/// generation 2 stop the process? Run with <c>result [minutes]</c>; docs/decisions/0002 has the figures.
/// </summary>
internal static class ResultCost
{
    private const int FramesPerSecond = 2000;

    public static int Run(int minutes)
    {
        string folder = Directory.CreateTempSubdirectory("posebatch-result-cost-").FullName;
        try
        {
            // The first result pays for compilation and for the buffers of a process.
            Write(folder, "warm-up.mp4", FramesPerSecond * 20);
            Console.WriteLine("| result | rows/s per core | core at 34,000 rows/s | of it until the last frame | collections of generation 2 | longest |");
            Console.WriteLine("|---|---|---|---|---|---|");
            for (int round = 1; round <= 3; round++)
            {
                int frames = FramesPerSecond * 60 * minutes;
                Cost cost = Write(folder, $"clip{round}.mp4", frames);
                double seconds = (double)frames / FramesPerSecond, rows = (double)frames * Skeletons.Coco17.KeypointCount;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {round} | {rows / cost.All.TotalSeconds / 1e6:F2} M | {cost.All.TotalSeconds / seconds:P2} | {cost.Writing.TotalSeconds / seconds:P2} | {cost.Collections} | {cost.LongestPause.TotalMilliseconds:F1} ms |"));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Cost Write(string folder, string video, int frames)
    {
        Random random = new(7);
        Frame frame = new(new(PixelLayout.Rgb24, new(2, 2)), Skeletons.Coco17.KeypointCount);
        int collections = GC.CollectionCount(2);
        TimeSpan longest = TimeSpan.Zero;
        TimeSpan before = Used();
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(folder, "/videos/" + video));
        for (int index = 0; index < frames; index++)
        {
            Walk(frame, index, random);
            int seen = GC.CollectionCount(2);
            writer.Write(frame);
            if (GC.CollectionCount(2) != seen)
            {
                TimeSpan pause = GC.GetGCMemoryInfo(GCKind.FullBlocking).PauseDurations[0];
                longest = pause > longest ? pause : longest;
            }
        }

        TimeSpan writing = Used() - before;
        SomeResult.Complete(writer, SomeResult.Facts);
        return new(Used() - before, writing, GC.CollectionCount(2) - collections, longest);
    }

    private static void Walk(Frame frame, int index, Random random)
    {
        frame.Stamp = new()
        {
            Index = index,
            Pts = index * 512L,
            Seconds = index / 30.0,
            DurationSeconds = 1 / 30f,
            IsKey = index % 250 == 0,
            DisplaySize = new(1920, 1080),
        };
        frame.Poses.Clear();
        float centre = 900 + (200 * MathF.Sin(index * 0.01f));
        Span<Keypoint> joints = frame.Poses.Add(0.9f, new(centre - 100, 100, centre + 100, 900));
        for (int joint = 0; joint < joints.Length; joint++)
        {
            float noise = (random.NextSingle() * 3) - 1.5f;
            joints[joint] = new(centre + (30 * MathF.Sin(joint + (index * 0.1f))) + noise, 300 + (25 * joint) + noise, 0.8f + (noise / 15));
        }
    }

    private static TimeSpan Used() => Process.GetCurrentProcess().TotalProcessorTime;

    private readonly record struct Cost(TimeSpan All, TimeSpan Writing, int Collections, TimeSpan LongestPause);
}
