using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Targets;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Analysis.Targets;

/// <summary>How a target folder is written.</summary>
internal sealed record TargetFolderOptions
{
    /// <summary>The folder; absent until it is complete.</summary>
    public required string Path { get; init; }

    /// <summary>The source as given, for the index.</summary>
    public required string Source { get; init; }

    /// <summary>Sizes and spreads.</summary>
    public required TrainingTargetOptions Targets { get; init; }

    /// <summary>Letterbox or stretch.</summary>
    public required ResizeRule Resize { get; init; }

    /// <summary>Whether fields are drawn.</summary>
    public required bool Fields { get; init; }

    /// <summary>Pictures per file.</summary>
    public required int ShardSize { get; init; }

    /// <summary>Whether pictures without people are left out.</summary>
    public required bool SkipsEmpty { get; init; }

    /// <summary>Whether a folder that exists is replaced.</summary>
    public required bool Overwrites { get; init; }
}

/// <summary>
/// Writes targets to disk: shards of <c>.npy</c> files, each with a list of its pictures, and <c>index.json</c> (docs/cli.md).
/// Memory holds one picture's targets and one shard's list; the folder appears by one rename when all is there.
/// </summary>
internal sealed class TargetFolder(TargetFolderOptions options, TargetSource source)
{
    private readonly List<(string Name, int Count)> _shards = [];
    private string _work = string.Empty;

    /// <summary>Writes everything.</summary>
    /// <param name="progress">Told the pictures seen so far.</param>
    /// <param name="cancellation">Ends it; nothing is left.</param>
    /// <returns>Pictures written.</returns>
    /// <exception cref="PoseBatchException">output_conflict: the folder exists. source_missing: a picture without a size. disk_full.</exception>
    public long Write(Action<long> progress, CancellationToken cancellation)
    {
        string final = System.IO.Path.GetFullPath(options.Path);
        if (Directory.Exists(final) ? !options.Overwrites && Directory.EnumerateFileSystemEntries(final).Any() : File.Exists(final))
        {
            throw new PoseBatchException(ReasonCode.OutputConflict, $"{final} exists already.", "Name another folder, or give --overwrite.");
        }

        _work = $"{final}.{Environment.ProcessId}.work";
        try
        {
            Directory.CreateDirectory(_work);
            long written = WriteShards(progress, cancellation);
            WriteIndex(written);
            if (Directory.Exists(final))
            {
                Directory.Delete(final, recursive: true);
            }

            Directory.Move(_work, final);
            return written;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(OutputRefusal.ReasonOf(fault), $"{final} cannot be written: {fault.Message}", cause: fault);
        }
        finally
        {
            if (Directory.Exists(_work))
            {
                Directory.Delete(_work, recursive: true);
            }
        }
    }

    private long WriteShards(Action<long> progress, CancellationToken cancellation)
    {
        TrainingTargets targets = new(options.Targets, source.JointNames.Count, options.Fields ? source.Bones : []);
        int cells = targets.Grid.Width * targets.Grid.Height;
        float[] heatmaps = new float[targets.HeatmapChannels * cells], fields = new float[targets.FieldChannels * cells];
        long seen = 0, written = 0;
        Shard? shard = null;
        try
        {
            foreach (TargetPicture picture in source.Pictures)
            {
                cancellation.ThrowIfCancellationRequested();
                progress(++seen);
                if (options.SkipsEmpty && picture.People.Count == 0)
                {
                    continue;
                }

                shard ??= Open(targets);
                AffineMap toInput = MapOf(picture);
                targets.Draw([.. picture.People.Select(person => Carried(person, toInput))], heatmaps, fields);
                shard.Add(picture, toInput, heatmaps, fields);
                written++;
                if (shard.Count == options.ShardSize)
                {
                    shard.Dispose();
                    shard = null;
                }
            }
        }
        finally
        {
            shard?.Dispose();
        }

        return written;
    }

    private Shard Open(TrainingTargets targets)
    {
        Shard shard = new(this, targets, _shards.Count, options.Fields);
        _shards.Add((shard.Name, 0));
        return shard;
    }

    /// <summary>Pixels of the picture to pixels of the input, as the picture itself has to be resized.</summary>
    private AffineMap MapOf(TargetPicture picture) => picture.Size is { Width: > 0, Height: > 0 }
        ? FrameFit.For(picture.Size, Rational.Unknown, options.Targets.Input, options.Resize).ModelToFrame.Inverse()
        : throw new PoseBatchException(
            ReasonCode.SourceMissing, $"Picture {picture.Id} states no size, so its joints cannot be scaled to the input.", "Write width and height of every image into the annotations.");

    private static Keypoint[] Carried(Keypoint[] joints, AffineMap map) => [.. joints.Select(joint =>
    {
        (double x, double y) = map.Apply(joint.X, joint.Y);
        return joint.IsFound ? new Keypoint((float)x, (float)y, joint.Score) : joint;
    })];

    private void WriteIndex(long written) => File.WriteAllText(System.IO.Path.Combine(_work, "index.json"), JsonLine.Of(json =>
    {
        TrainingTargetOptions drawn = options.Targets;
        json.WriteStartObject();
        json.WriteNumber("format_version", 1);
        json.WriteString("source", options.Source);
        json.WriteNumber("pictures", written);
        json.WriteNumber("input_width", drawn.Input.Width);
        json.WriteNumber("input_height", drawn.Input.Height);
        json.WriteString("resize", options.Resize == ResizeRule.Stretch ? "stretch" : "letterbox");
        json.WriteNumber("cells_width", drawn.Cells.Width);
        json.WriteNumber("cells_height", drawn.Cells.Height);
        int stride = drawn.Input.Width / drawn.Cells.Width;
        if (drawn.Input == new PixelSize(stride * drawn.Cells.Width, stride * drawn.Cells.Height))
        {
            json.WriteNumber("stride", stride);
        }

        json.WriteNumber("sigma", drawn.Sigma);
        json.WriteString("reduction", drawn.Averages ? "area" : "linear");
        json.WriteStartArray("heatmap_channels");
        foreach (string name in source.JointNames.Append("background"))
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        if (options.Fields)
        {
            json.WriteNumber("limb_radius", drawn.LimbRadius);
            json.WriteString("overlap", drawn.LastLimbWins ? "last" : "mean");
            json.WriteStartArray("limbs");
            foreach ((int from, int to) in source.Bones)
            {
                json.WriteStartArray();
                json.WriteNumberValue(from);
                json.WriteNumberValue(to);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("shards");
        foreach ((string name, int count) in _shards)
        {
            json.WriteStartObject();
            json.WriteString("pictures", $"pictures-{name}.json");
            json.WriteString("heatmaps", $"heatmaps-{name}.npy");
            json.WriteString("fields", options.Fields ? $"fields-{name}.npy" : null);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }) + "\n");

    /// <summary>The open files of one shard.</summary>
    private sealed class Shard : IDisposable
    {
        private readonly TargetFolder _owner;
        private readonly string _work;
        private readonly NpyFile _heatmaps;
        private readonly NpyFile? _fields;
        private readonly FileStream _list;
        private readonly Utf8JsonWriter _json;

        public Shard(TargetFolder owner, TrainingTargets targets, int number, bool hasFields)
        {
            (_owner, _work) = (owner, owner._work);
            Name = number.ToString("D5", System.Globalization.CultureInfo.InvariantCulture);
            _heatmaps = new(In($"heatmaps-{Name}.npy"), targets.HeatmapChannels, targets.Grid.Height, targets.Grid.Width);
            _fields = hasFields ? new(In($"fields-{Name}.npy"), targets.FieldChannels, targets.Grid.Height, targets.Grid.Width) : null;
            _list = File.Create(In($"pictures-{Name}.json"));
            _json = new(_list);
            _json.WriteStartArray();
        }

        public string Name { get; }

        public int Count { get; private set; }

        public void Add(TargetPicture picture, AffineMap toInput, ReadOnlySpan<float> heatmaps, ReadOnlySpan<float> fields)
        {
            _heatmaps.Add(heatmaps);
            _fields?.Add(fields);
            _json.WriteStartObject();
            _json.WriteNumber("id", picture.Id);
            if (picture.Name.Length > 0)
            {
                _json.WriteString("file_name", picture.Name);
            }

            _json.WriteNumber("width", picture.Size.Width);
            _json.WriteNumber("height", picture.Size.Height);
            _json.WriteNumber("people", picture.People.Count);
            _json.WriteStartArray("to_input");
            foreach (double number in new[] { toInput.M11, toInput.M13, toInput.M22, toInput.M23 })
            {
                _json.WriteNumberValue(number);
            }

            _json.WriteEndArray();
            _json.WriteEndObject();
            Count++;
        }

        public void Dispose()
        {
            _owner._shards[^1] = (Name, Count);
            _json.WriteEndArray();
            _json.Dispose();
            _list.Dispose();
            _fields?.Dispose();
            _heatmaps.Dispose();
        }

        private string In(string file) => System.IO.Path.Combine(_work, file);
    }
}
