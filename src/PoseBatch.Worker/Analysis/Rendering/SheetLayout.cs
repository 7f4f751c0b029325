using PoseBatch.Geometry;
using PoseBatch.Results.Reading;
using PoseBatch.Video;

namespace PoseBatch.Worker.Analysis.Rendering;

/// <summary>How a sheet of frames is laid out.</summary>
/// <param name="CellCount">Frames on it, at most.</param>
/// <param name="Columns">Frames per row.</param>
/// <param name="CellArea">Pixels of one frame on it, about.</param>
internal sealed record SheetLayout(int CellCount, int Columns, int CellArea)
{
    public static SheetLayout Default { get; } = new(12, 4, 240 * 240);

    /// <summary>The size of a cell, in the shape in which players show the video.</summary>
    public PixelSize CellOf(VideoInfo video)
    {
        double pixel = video.SampleAspectRatio.IsKnown ? video.SampleAspectRatio.Value : 1;
        double aspect = double.Clamp(video.DisplaySize.Width * pixel / video.DisplaySize.Height, 0.25, 4);
        int width = Even(double.Sqrt(CellArea * aspect));
        return new(width, Even(width / aspect));
    }

    /// <summary>
    /// Frames at even distances: of equal parts of the video the middle one each, or the nearest one to it that was inferred.
    /// Fewer where the video has fewer.
    /// </summary>
    public static IReadOnlyList<int> Choose(PoseResult result, int count, CancellationToken cancellation)
    {
        long total = result.Counts.SourceFrames;
        double[] wanted = [.. Enumerable.Range(0, count).Select(part => (((2.0 * part) + 1) * total / (2 * count)) - 0.5)];
        int[] best = new int[count];
        Array.Fill(best, -1);
        foreach (LedgerFrame frame in result.ReadLedger(cancellation))
        {
            for (int part = 0; part < count && frame.IsInferred; part++)
            {
                if (best[part] < 0 || double.Abs(frame.Index - wanted[part]) < double.Abs(best[part] - wanted[part]))
                {
                    best[part] = frame.Index;
                }
            }
        }

        return [.. best.Where(frame => frame >= 0).Distinct()];
    }

    private static int Even(double length) => int.Max(2, 2 * (int)double.Round(length / 2));
}
