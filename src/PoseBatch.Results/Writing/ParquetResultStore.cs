using PoseBatch.Parquet;
using PoseBatch.Parquet.Format;
using PoseBatch.Results.Format;
using PoseBatch.Tables;

namespace PoseBatch.Results.Writing;

/// <summary>
/// Results as folders of Parquet files: <c>{output root}/{video stem}.{short key}/</c> with keypoints, persons, frames
/// and a manifest. A result is complete or absent: it grows in <c>{output root}/.work/</c> and gets its name by one rename.
/// Thread-safe; its writers are not.
/// </summary>
public sealed class ParquetResultStore : IResultStore
{
    /// <summary>Name of the hidden folder below any output root in which results grow; what lies in it without a living owner is swept away.</summary>
    public const string WorkFolderName = WorkFolder.Parent;

    // A disk that has less left than that is full for every result.
    private const int TrialBytes = 1 << 16;

    /// <inheritdoc/>
    public IResultWriter Begin(ResultRequest request) => BeginWhole(request, new());

    /// <inheritdoc/>
    public IResultWriter BeginSegmented(ResultRequest request, ICommitFence guard)
    {
        ArgumentNullException.ThrowIfNull(request);
        ResultKey key = ResultKey.Of(request);
        string path = PathOf(request);
        PrepareRoot(request.OutputRoot);
        RefuseConflict(path, request.Overwrite);
        try
        {
            return new SegmentedResultWriter(request, key, path, guard, memory => BeginWhole(request, memory));
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.Unwritten(request.OutputRoot, fault);
        }
    }

    /// <inheritdoc/>
    public void EnsureWritable(string outputRoot)
    {
        PrepareRoot(outputRoot);
        OutputFault.Explain(System.IO.Path.GetFullPath(outputRoot), () =>
        {
            WorkFolder.Sweep(outputRoot);
            using WorkFolder work = WorkFolder.Create(outputRoot, "trial");
            File.WriteAllBytes(System.IO.Path.Combine(work.Path, "trial"), new byte[TrialBytes]);
        });
    }

    /// <inheritdoc/>
    public void Forget(ResultRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string root = System.IO.Path.GetFullPath(request.OutputRoot);
        WorkFolder.Sweep(root);
        CheckpointFolder.Remove(CheckpointFolder.PathOf(root, System.IO.Path.GetFileName(PathOf(request))));
    }

    private static ParquetResultWriter BeginWhole(ResultRequest request, ChunkMemory memory)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Tables.RowGroupRows, 1, nameof(request));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Tables.RowGroupRows, ParquetFileWriter.MostRowsPerGroup, nameof(request));
        ResultKey key = ResultKey.Of(request);
        string path = PathOf(request);
        PrepareRoot(request.OutputRoot);
        RefuseConflict(path, request.Overwrite);
        try
        {
            WorkFolder.Sweep(request.OutputRoot);
            WorkFolder work = WorkFolder.Create(request.OutputRoot, System.IO.Path.GetFileName(path));
            try
            {
                return new ParquetResultWriter(request, key, path, work, memory);
            }
            catch
            {
                work.Dispose();
                throw;
            }
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.Unwritten(request.OutputRoot, fault);
        }
    }

    /// <summary>Where the result of a request lies or will lie, whether it exists or not.</summary>
    /// <param name="request">As for <see cref="Begin"/>.</param>
    /// <returns>An absolute path.</returns>
    public static string PathOf(ResultRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string name = ResultName.Folder(request.Video.Path, ResultKey.Of(request).Short);
        return System.IO.Path.Combine(System.IO.Path.GetFullPath(request.OutputRoot), name);
    }

    private static void PrepareRoot(string root)
    {
        string path = System.IO.Path.GetFullPath(root);
        for (string? part = System.IO.Path.Combine(path, WorkFolder.Parent); part is not null; part = System.IO.Path.GetDirectoryName(part))
        {
            if (File.Exists(part))
            {
                throw OutputFault.FileInTheWay(part);
            }
        }

        OutputFault.Explain(path, () => Directory.CreateDirectory(path));
    }

    private static void RefuseConflict(string path, OverwriteRule overwrite)
    {
        if (File.Exists(path))
        {
            throw OutputFault.FileInTheWay(path);
        }

        if (overwrite == OverwriteRule.Never && Directory.Exists(path))
        {
            throw OutputFault.ResultExists(path);
        }
    }
}
