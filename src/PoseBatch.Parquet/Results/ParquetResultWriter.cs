using PoseBatch.Parquet.Interop;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Parquet.Results;

/// <summary>One result while it is written; see <see cref="ParquetResultStore"/>.</summary>
internal sealed class ParquetResultWriter : IResultWriter
{
    private readonly ResultRequest _request;
    private readonly ResultKey _key;
    private readonly WorkFolder _work;
    private readonly Ledger _ledger;
    private readonly FrameRows _rows;
    private readonly ColumnChunkEncoder _encoder = new();
    private readonly List<TableFile> _tables = [];
    private bool _isOver;

    public ParquetResultWriter(ResultRequest request, ResultKey key, string path, WorkFolder work)
    {
        _request = request;
        _key = key;
        _work = work;
        Path = path;
        _ledger = new(request.Model.Skeleton.KeypointCount);
        _rows = new(request.SourceId, request.Model.Skeleton, request.Tables.Rounded);
        ParquetWriterOptions options = new() { Profile = request.Tables.Profile };
        try
        {
            foreach (TableBlock block in new[] { _rows.Keypoints, _rows.Persons, _rows.Frames })
            {
                _tables.Add(new(work.Path, block, request.Tables.RowGroupRows, options, _encoder));
            }
        }
        catch
        {
            CloseFiles();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public void Write(Frame frame)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        ArgumentNullException.ThrowIfNull(frame);
        int personCount = frame.Poses.Count;
        _ledger.AddInferred(frame.Stamp, personCount);
        MakeRoom(personCount);
        _rows.Add(frame);
    }

    /// <inheritdoc/>
    public void WriteLedgerOnly(in FrameStamp stamp)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _ledger.AddOther(stamp);
        MakeRoom(personCount: 0);
        _rows.AddLedgerOnly(stamp);
    }

    /// <inheritdoc/>
    public ResultCounts Complete(ResultFacts facts)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        ArgumentNullException.ThrowIfNull(facts);
        ResultCounts counts = _ledger.Counts;
        try
        {
            FinishTables(counts);
            IReadOnlyList<ResultFile> files = Verify(counts);
            WriteManifest(counts, facts, files);
            LibC.FlushFolder(_work.Path);
            Publication.Publish(_work.Path, Path, _request.Overwrite);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.DiskFull(_work.Path, fault);
        }

        Dispose();
        return counts;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        CloseFiles();
        _work.Dispose();
    }

    private void MakeRoom(int personCount)
    {
        try
        {
            _tables[0].MakeRoom(checked(personCount * _request.Model.Skeleton.KeypointCount));
            _tables[1].MakeRoom(personCount);
            _tables[2].MakeRoom(1);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.DiskFull(_work.Path, fault);
        }
    }

    private void FinishTables(ResultCounts counts)
    {
        foreach (TableFile table in _tables)
        {
            table.Finish(TableMetadata.Of(_request, _key, table.Schema, counts, _ledger.IsVariableRate));
        }
    }

    private IReadOnlyList<ResultFile> Verify(ResultCounts counts)
    {
        _ = counts;
        return [.. _tables.Select(table =>
        {
            string path = System.IO.Path.Combine(_work.Path, table.FileName);
            return new ResultFile(table.FileName, new FileInfo(path).Length, ResultFile.HashOf(path), 0, 0);
        })];
    }

    private void WriteManifest(ResultCounts counts, ResultFacts facts, IReadOnlyList<ResultFile> files)
    {
        byte[] manifest = Manifest.Write(
            _request, _key, System.IO.Path.GetFileName(Path), counts, _ledger.IsVariableRate, facts, files, []);
        using Microsoft.Win32.SafeHandles.SafeFileHandle file =
            File.OpenHandle(System.IO.Path.Combine(_work.Path, Manifest.FileName), FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, manifest, 0);
        RandomAccess.FlushToDisk(file);
    }

    private void CloseFiles()
    {
        foreach (TableFile table in _tables)
        {
            table.Dispose();
        }

        _encoder.Dispose();
    }
}
