using System.Globalization;
using System.Text;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>
/// <c>dlc-csv</c>: the CSV that DeepLabCut writes for a video. Header rows <c>scorer</c>, <c>bodyparts</c>, <c>coords</c>, with
/// <c>individuals</c> after the first when there are several tracks; then one row per source frame, whatever became of it,
/// because readers count rows. No position is an empty field, which pandas reads as NaN.
/// </summary>
internal sealed class DeepLabCutExport : IResultExport
{
    private static readonly string[] Coordinates = ["x", "y", "likelihood"];

    public string Name => "dlc-csv";

    public string Suffix(PoseResult result) => ".dlc.csv";

    public IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation)
    {
        Individuals individuals = Individuals.Of(result, Name, cancellation);
        int jointCount = result.Skeleton.KeypointCount;
        using StreamWriter output = new(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16);

        // Nobody at all is still a table: one body without a single position.
        IReadOnlyList<Individual> all = individuals.All.Count > 0 ? individuals.All : [new(null, 0, -1)];
        WriteHead(output, result, all);
        foreach (ResultFrame frame in result.ReadFrames(cancellation))
        {
            output.Write(frame.Index.ToString(CultureInfo.InvariantCulture));
            Dictionary<int, ResultPerson>? byTrack = all is [_] ? null : ByTrack(frame);
            foreach (Individual individual in all)
            {
                WriteBody(output, byTrack is null ? individual.In(frame) : byTrack.GetValueOrDefault(individual.TrackId!.Value), jointCount);
            }

            output.Write('\n');
        }

        return individuals.Notes;
    }

    private static Dictionary<int, ResultPerson> ByTrack(ResultFrame frame)
    {
        Dictionary<int, ResultPerson> people = [];
        foreach (ResultPerson person in frame.People)
        {
            if (person.TrackId is { } id)
            {
                people.TryAdd(id, person);
            }
        }

        return people;
    }

    private static void WriteHead(StreamWriter output, PoseResult result, IReadOnlyList<Individual> all)
    {
        string scorer = CsvText.Field("PoseBatch_" + result.Section("model").GetProperty("name").GetString());
        WriteRow("scorer", (_, _, _) => scorer);
        if (all.Count > 1)
        {
            WriteRow("individuals", (individual, _, _) => individual.Name);
        }

        WriteRow("bodyparts", (_, joint, _) => CsvText.Field(joint));
        WriteRow("coords", (_, _, coordinate) => coordinate);

        void WriteRow(string name, Func<Individual, string, string, string> cell)
        {
            output.Write(name);
            foreach (Individual individual in all)
            {
                foreach (string joint in result.Skeleton.Keypoints)
                {
                    foreach (string coordinate in Coordinates)
                    {
                        output.Write(',');
                        output.Write(cell(individual, joint, coordinate));
                    }
                }
            }

            output.Write('\n');
        }
    }

    // Not an empty field: a first row of nothing but empty fields is taken by pandas for the name of the index.
    private static string Number(float value) => float.IsNaN(value) ? "NaN" : CsvText.Number(value);

    private static void WriteBody(StreamWriter output, ResultPerson? person, int jointCount)
    {
        for (int joint = 0; joint < jointCount; joint++)
        {
            Keypoint found = person is null ? new(float.NaN, float.NaN, float.NaN) : person.Joints[joint];
            output.Write(',');
            output.Write(Number(found.X));
            output.Write(',');
            output.Write(Number(found.Y));
            output.Write(',');
            output.Write(Number(found.Score));
        }
    }
}
