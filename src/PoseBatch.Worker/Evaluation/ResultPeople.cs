using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Jobs;
using PoseBatch.Parquet;
using PoseBatch.Poses;

namespace PoseBatch.Worker.Evaluation;

/// <summary>One person of one frame, as a result's tables say.</summary>
/// <param name="Score">Score of the pose.</param>
/// <param name="Box">Pixels; <see cref="BoundingBox.None"/> where the model gives none.</param>
/// <param name="Joints">In the order of the skeleton.</param>
internal sealed record ResultPerson(double Score, BoundingBox Box, Keypoint[] Joints);

/// <summary>One inferred frame of a result.</summary>
/// <param name="Index">Of the source frame.</param>
/// <param name="Size">Its pixels; 0x0 when unknown.</param>
/// <param name="People">Best first.</param>
internal sealed record ResultFrame(int Index, PixelSize Size, IReadOnlyList<ResultPerson> People);

/// <summary>Reads a result's three tables side by side, frame by frame; memory holds one row group of each.</summary>
internal sealed class ResultPeople
{
    private readonly string _folder;

    /// <param name="folder">A result's folder.</param>
    /// <exception cref="PoseBatchException">source_missing: no result there, or one that cannot be read.</exception>
    public ResultPeople(string folder)
    {
        _folder = folder;
        (Source, JointNames, Bones, FrameCount) = Reading(() =>
        {
            using TableRows frames = new(folder, "frames");
            using JsonDocument skeleton = JsonDocument.Parse(frames.Metadata["posebatch.skeleton"]);
            using JsonDocument source = JsonDocument.Parse(frames.Metadata["posebatch.source"]);
            return (
                source.RootElement.GetProperty("source_id").GetString()!,
                (IReadOnlyList<string>)[.. skeleton.RootElement.GetProperty("keypoints").EnumerateArray().Select(name => name.GetString()!)],
                (IReadOnlyList<(int, int)>)[.. skeleton.RootElement.GetProperty("edges").EnumerateArray().Select(bone => (bone[0].GetInt32(), bone[1].GetInt32()))],
                frames.RowCount);
        });
    }

    /// <summary>Name of the source as the job gave it.</summary>
    public string Source { get; }

    /// <summary>Names of the joints in their order.</summary>
    public IReadOnlyList<string> JointNames { get; }

    /// <summary>Bones as pairs of joints.</summary>
    public IReadOnlyList<(int From, int To)> Bones { get; }

    /// <summary>Source frames, whatever became of them.</summary>
    public long FrameCount { get; }

    /// <summary>True when a folder looks like a result.</summary>
    public static bool IsResult(string path) => File.Exists(Path.Combine(path, "frames.parquet"));

    /// <summary>Inferred frames in order, those without anybody among them.</summary>
    /// <exception cref="PoseBatchException">source_missing: a table is damaged.</exception>
    public IEnumerable<ResultFrame> Frames()
    {
        using TableRows frames = Reading(() => new TableRows(_folder, "frames"));
        using TableRows persons = Reading(() => new TableRows(_folder, "persons"));
        using TableRows keypoints = Reading(() => new TableRows(_folder, "keypoints"));
        bool morePersons = Reading(persons.MoveNext), moreKeypoints = Reading(keypoints.MoveNext);
        while (Reading(frames.MoveNext))
        {
            int index = frames.Get<int>("frame");
            if (frames.Find<int>("n_persons") is null)
            {
                continue;
            }

            List<ResultPerson> people = [];
            while (morePersons && persons.Get<int>("frame") == index)
            {
                int person = persons.Get<int>("person");
                var joints = new Keypoint[JointNames.Count];
                Array.Fill(joints, Keypoint.NotFound);
                while (moreKeypoints && keypoints.Get<int>("frame") == index && keypoints.Get<int>("person") == person)
                {
                    if (keypoints.Find<float>("x") is { } x && keypoints.Find<float>("y") is { } y)
                    {
                        joints[keypoints.Get<int>("keypoint_id")] = new(x, y, keypoints.Get<float>("confidence"));
                    }

                    moreKeypoints = Reading(keypoints.MoveNext);
                }

                people.Add(new(persons.Get<float>("score"), BoxOf(persons), joints));
                morePersons = Reading(persons.MoveNext);
            }

            yield return new(index, new(frames.Find<int>("width") ?? 0, frames.Find<int>("height") ?? 0), people);
        }
    }

    private static BoundingBox BoxOf(TableRows persons) => persons.Find<float>("x_min") is { } left
        ? new(left, persons.Get<float>("y_min"), persons.Get<float>("x_max"), persons.Get<float>("y_max"))
        : BoundingBox.None;

    private T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ParquetFormatException or JsonException or KeyNotFoundException)
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing, $"{_folder} holds no result that can be read: {fault.Message}", "posebatch inspect says what is wrong with it.", fault);
        }
    }
}
