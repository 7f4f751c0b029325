using System.Globalization;
using System.Text;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>
/// <c>trc</c>: marker trajectories as OpenSim reads them, tab-separated, one file per track. X counts to the right, Y up from
/// the bottom row of the picture (in the tables y counts down), Z is 0. A marker without a position has three empty fields.
/// Each file runs from the first to the last frame of its track; skipped frames have no row, undecodable ones an empty one;
/// <c>Frame#</c> is the source frame plus 1, <c>Time</c> that of the tables, so uneven times stay uneven.
/// </summary>
internal sealed class TrcExport : IResultExport
{
    // Open at the same time; a crowd takes several passes over the tables.
    private const int FilesPerPass = 200;

    public string Name => "trc";

    public string Suffix(PoseResult result) => Individuals.Of(result, Name, CancellationToken.None).All.Count > 1 ? ".trc-tracks" : ".trc";

    public IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation)
    {
        Individuals individuals = Individuals.Of(result, Name, cancellation);
        IReadOnlyList<Individual> all = individuals.All.Count > 0 ? individuals.All : [new(null, 0, int.MaxValue)];
        if (all.Count > 1)
        {
            Directory.CreateDirectory(path);
        }

        foreach (Individual[] some in all.Chunk(FilesPerPass))
        {
            Span[] spans = SpansOf(result, some, cancellation);
            List<StreamWriter> files = [];
            try
            {
                for (int i = 0; i < some.Length; i++)
                {
                    string name = all.Count > 1 ? $"{result.Name}.{some[i].Name}.trc" : result.Name + ".trc";
                    StreamWriter file = new(all.Count > 1 ? Path.Combine(path, name) : path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
                    files.Add(file);
                    WriteHead(file, name, result, spans[i], options);
                }

                WriteRows(result, some, files, options, cancellation);
            }
            finally
            {
                files.ForEach(file => file.Dispose());
            }
        }

        return [.. individuals.Notes, .. Notes(result, options)];
    }

    private static IEnumerable<string> Notes(PoseResult result, ExportOptions options)
    {
        if (options.MillimetresPerPixel is null)
        {
            yield return "Positions are in pixels (Units px). OpenSim knows m and mm only: give --mm-per-px for its programs.";
        }

        if (result.IsVariableRate == true)
        {
            yield return "Frames come at uneven times: DataRate is their mean, the column Time has the truth.";
        }
    }

    /// <summary>Rows and times of each file, which the head must know before the first row.</summary>
    private static Span[] SpansOf(PoseResult result, Individual[] some, CancellationToken cancellation)
    {
        Span[] spans = new Span[some.Length];
        foreach (LedgerFrame frame in result.ReadLedger(cancellation))
        {
            for (int i = 0; i < some.Length && frame.Status != "skipped"; i++)
            {
                if (frame.Index >= some[i].FirstFrame && frame.Index <= some[i].LastFrame)
                {
                    Span known = spans[i];
                    spans[i] = known.Rows == 0 ? new(1, frame.Index, frame.Seconds, frame.Seconds) : known with { Rows = known.Rows + 1, End = frame.Seconds };
                }
            }
        }

        return spans;
    }

    private static void WriteHead(StreamWriter output, string name, PoseResult result, Span span, ExportOptions options)
    {
        string rate = RateOf(result, span).ToString("0.######", CultureInfo.InvariantCulture);
        string units = options.MillimetresPerPixel is null ? "px" : "mm";
        IReadOnlyList<string> markers = result.Skeleton.Keypoints;
        Line($"PathFileType\t4\t(X/Y/Z)\t{name}");
        Line("DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames");
        Line(FormattableString.Invariant($"{rate}\t{rate}\t{span.Rows}\t{markers.Count}\t{units}\t{rate}\t{span.FirstFrame + 1}\t{span.Rows}"));
        Line("Frame#\tTime\t" + string.Join("\t\t\t", markers) + "\t\t");
        Line("\t\t" + string.Join('\t', Enumerable.Range(1, markers.Count).Select(marker => FormattableString.Invariant($"X{marker}\tY{marker}\tZ{marker}"))));
        Line(string.Empty);

        void Line(string text) => output.Write(text + "\n");
    }

    // The stated rate holds only where every frame has a row at an even distance.
    private static double RateOf(PoseResult result, Span span) =>
        (result.IsVariableRate == true || result.Counts.Skipped > 0) && span.Rows > 1 && span.End > span.Start ? (span.Rows - 1) / (span.End - span.Start)
        : result.NominalFps ?? (span.Rows > 1 && span.End > span.Start ? (span.Rows - 1) / (span.End - span.Start) : 1);

    private static void WriteRows(PoseResult result, Individual[] some, List<StreamWriter> files, ExportOptions options, CancellationToken cancellation)
    {
        double scale = options.MillimetresPerPixel ?? 1;
        int first = some.Min(individual => individual.FirstFrame), last = some.Max(individual => individual.LastFrame);
        foreach (ResultFrame frame in result.ReadFrames(first, last < int.MaxValue ? last + 1 : last, cancellation))
        {
            double floor = (frame.Size ?? result.DisplaySize).Height - 1;
            for (int i = 0; i < some.Length && frame.Status != "skipped"; i++)
            {
                if (frame.Index < some[i].FirstFrame || frame.Index > some[i].LastFrame)
                {
                    continue;
                }

                StreamWriter output = files[i];
                output.Write(FormattableString.Invariant($"{frame.Index + 1}\t{frame.Seconds:R}"));
                ResultPerson? person = some[i].In(frame);
                for (int joint = 0; joint < result.Skeleton.KeypointCount; joint++)
                {
                    output.Write(person?.Joints[joint] is { IsFound: true } found
                        ? FormattableString.Invariant($"\t{scale * found.X:R}\t{scale * (floor - found.Y):R}\t0")
                        : "\t\t\t");
                }

                output.Write('\n');
            }
        }
    }

    private readonly record struct Span(int Rows, int FirstFrame, double Start, double End);
}
