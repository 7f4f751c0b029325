using PoseBatch.Parquet;
using PoseBatch.Results;
using PoseBatch.Results.Reading;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;

namespace PoseBatch.Analysis;

/// <summary>Results with people who are known from frame to frame.</summary>
internal static class TrackedResult
{
    /// <summary>Writes a seeded result of up to three people per frame, without tracks.</summary>
    public static PoseResult Untracked(TemporaryFolder root, int frameCount, string video = "/videos/clip.mp4", int rowGroupRows = 1000)
    {
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(root["results"], video) with { Tables = new() { RowGroupRows = rowGroupRows } });
        SomeResult.Fill(writer, frameCount);
        return PoseResult.Open(writer.Path);
    }

    /// <summary>The same with slot 0 as one track and slot 1 as another; those of slot 2 belong to none.</summary>
    public static PoseResult Make(TemporaryFolder root, int frameCount, string video = "/videos/clip.mp4", int rowGroupRows = 1000)
    {
        PoseResult result = Untracked(root, frameCount, video, rowGroupRows);
        Rewrite(result, slot => slot < 2 ? slot : null);
        return result;
    }

    private static void Rewrite(PoseResult result, Func<int, int?> trackOf)
    {
        foreach (string table in (string[])["persons", "keypoints"])
        {
            string path = Path.Combine(result.Path, table + ".parquet"), fresh = path + ".new";
            using (ParquetFileReader reader = new(path))
            using (ParquetFileWriter writer = new(fresh, reader.Schema, new()))
            {
                TableBlock block = reader.CreateBlock();
                for (int group = 0; group < reader.RowGroups.Count; group++)
                {
                    reader.Read(group, block);
                    ColumnBuffer<int> tracks = block.Column<int>("track_id");
                    tracks.Clear();
                    foreach (int slot in block.Column<int>("person").Values)
                    {
                        tracks.Append(trackOf(slot));
                    }

                    writer.WriteRowGroup(block);
                }

                writer.Finish([.. reader.Metadata]);
            }

            File.Move(fresh, path, overwrite: true);
        }
    }
}
