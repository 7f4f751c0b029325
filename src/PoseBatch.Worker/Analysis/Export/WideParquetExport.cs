using PoseBatch.Parquet;
using PoseBatch.Poses;
using PoseBatch.Results.Format;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>
/// <c>wide-parquet</c>: one row per person per frame, three columns per joint (<c>nose_x</c>, <c>nose_y</c>,
/// <c>nose_confidence</c>). Nulls stay null. The key-value metadata of the result come along.
/// </summary>
internal sealed class WideParquetExport : IResultExport
{
    // With 60 columns about as many values as a row group of the long table.
    private const int RowsPerGroup = 32_768;

    public string Name => "wide-parquet";

    public string Suffix(PoseResult result) => ".wide.parquet";

    public IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation)
    {
        TableSchema schema = SchemaOf(result.Skeleton);
        TableBlock block = new(schema);
        using ParquetFileWriter writer = new(path, schema, new());
        foreach (ResultFrame frame in result.ReadFrames(cancellation))
        {
            if (block.RowCount + frame.People.Count > RowsPerGroup)
            {
                writer.WriteRowGroup(block);
                block.Clear();
            }

            foreach (ResultPerson person in frame.People)
            {
                Append(block, result.SourceId, frame, person);
            }
        }

        writer.WriteRowGroup(block);
        writer.Finish([.. result.Metadata.Where(pair => pair.Key is not ("posebatch.table" or "posebatch.columns")), new("posebatch.table", schema.Name), new("posebatch.columns", JsonText.Write(json => TableMetadata.WriteColumns(json, schema)))]);
        return [];
    }

    private static TableSchema SchemaOf(Skeleton skeleton)
    {
        TableColumn[] person = [.. TableSchemas.Persons.Columns.Where(column => column.Name != "n_keypoints")];
        TableColumn x = ColumnOf("x"), y = ColumnOf("y"), confidence = ColumnOf("confidence");
        return new("wide", [.. person, .. skeleton.Keypoints.SelectMany(joint => new[]
        {
            x with { Name = joint + "_x" }, y with { Name = joint + "_y" }, confidence with { Name = joint + "_confidence" },
        })])
        {
            SortedBy = TableSchemas.Persons.SortedBy,
        };
    }

    private static TableColumn ColumnOf(string name) => TableSchemas.Keypoints.Columns[TableSchemas.Keypoints.IndexOf(name)];

    private static void Append(TableBlock block, string video, ResultFrame frame, ResultPerson person)
    {
        TextColumnBuffer names = block.TextColumn("video");
        names.Append(names.CodeOf(video));
        block.Column<int>("frame").Append(frame.Index);
        block.Column<double>("time").Append(frame.Seconds);
        block.Column<int>("person").Append(person.Slot);
        block.Column<int>("track_id").Append(person.TrackId);
        block.Column<float>("score").Append(person.Score);
        block.Column<float>("x_min").Append(Known(person.Box.XMin));
        block.Column<float>("y_min").Append(Known(person.Box.YMin));
        block.Column<float>("x_max").Append(Known(person.Box.XMax));
        block.Column<float>("y_max").Append(Known(person.Box.YMax));
        int column = block.Columns.Count - (3 * person.Joints.Count);
        foreach (Keypoint joint in person.Joints)
        {
            ((ColumnBuffer<float>)block.Columns[column++]).Append(Known(joint.X));
            ((ColumnBuffer<float>)block.Columns[column++]).Append(Known(joint.Y));
            ((ColumnBuffer<float>)block.Columns[column++]).Append(joint.Score);
        }
    }

    private static float? Known(float value) => float.IsNaN(value) ? null : value;
}
