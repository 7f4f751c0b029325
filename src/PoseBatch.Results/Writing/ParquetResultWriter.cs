using PoseBatch.Parquet;
using PoseBatch.Parquet.Format;
using PoseBatch.Poses;
using PoseBatch.Results.Format;
using PoseBatch.Results.Interop;
using PoseBatch.Results.Verification;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Writing;

/// <summary>One result while it is written; see <see cref="ParquetResultStore"/>.</summary>
internal sealed class ParquetResultWriter : IResultWriter
{
    // What has been proven when the manifest is written; the names are part of its contract.
    private static readonly string[] Checks =
        ["row_counts", "frame_index_gapless", "frame_equation", "rows_sorted", "person_slots", "keypoints_per_person"];

    private static readonly string[] TrackChecks = ["track_ids", "track_rows"];

    // Rows of people, frames and tracks are few beside those of joints; smaller groups keep memory small.
    private const int MostRowsBeside = 32_768;

    // A frame more than the group's rows fits without the block growing.
    private const int RowsOfOneFrame = 1_024;

    // What is reserved at the start is taken from every job, however short; a larger group than this grows as it fills.
    private const int MostReserved = 131_072;

    private readonly ResultRequest _request;
    private readonly ResultKey _key;
    private readonly WorkFolder _work;
    private readonly Ledger _ledger;
    private readonly ResultRows _rows;
    private readonly ChunkMemory _memory;
    private readonly List<TableFile> _tables = [];
    private bool _isOver;

    /// <param name="request">What is made.</param>
    /// <param name="key">Its key.</param>
    /// <param name="path">Its final folder.</param>
    /// <param name="work">Where it is made.</param>
    /// <param name="memory">What it is made in.</param>
    public ParquetResultWriter(ResultRequest request, ResultKey key, string path, WorkFolder work, ChunkMemory memory)
    {
        _request = request;
        _memory = memory;
        _key = key;
        _work = work;
        Path = path;
        _ledger = new(request.Model.Skeleton.KeypointCount, request.HasTracks);
        _rows = new(request);
        ParquetWriterOptions options = new() { Profile = request.Tables.Profile };
        FormatBuffers.Reserve(Math.Min(request.Tables.RowGroupRows, MostReserved), memory);
        try
        {
            foreach (TableBlock block in _rows.Blocks)
            {
                int rows = block == _rows.Frames.Keypoints ? request.Tables.RowGroupRows : Math.Min(request.Tables.RowGroupRows, MostRowsBeside);
                block.Reserve(Math.Min(rows, MostReserved) + RowsOfOneFrame);
                _tables.Add(new(work.Path, block, rows, options, memory));
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
        _rows.Frames.Add(frame);
    }

    /// <inheritdoc/>
    public void WriteLedgerOnly(in FrameStamp stamp)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _ledger.AddOther(stamp);
        MakeRoom(personCount: 0);
        _rows.Frames.AddLedgerOnly(stamp);
    }

    /// <inheritdoc/>
    public void WriteTrack(in TrackSummary track)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        if (_rows.Tracks is null)
        {
            throw new PoseBatchException(ReasonCode.Internal, $"Track {track.Id} ended, but the result was begun without tracks.");
        }

        MakeRoomForTrack();
        _rows.Tracks.Add(track);
    }

    /// <inheritdoc/>
    /// <remarks>All or nothing: until the end nothing of this result counts, so there is nothing to make safe.</remarks>
    public Task CommitSegmentAsync(ReadOnlyMemory<byte> state)
    {
        _rows.Frames.Segment++;
        return Task.CompletedTask;
    }

    /// <summary>Adds whole frames that were written elsewhere, with the tracks that ended in them, as <see cref="Write"/> would have.</summary>
    public void Append(ResultRows source)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        FrameRows from = source.Frames, to = _rows.Frames;
        ColumnBuffer<int> indices = from.Frames.Column<int>("frame"), counts = from.Frames.Column<int>("n_persons");
        ColumnBuffer<long> stamps = from.Frames.Column<long>("pts");
        ColumnBuffer<double> times = from.Frames.Column<double>("time");
        TextColumnBuffer statuses = from.Frames.TextColumn("status");
        int joints = _request.Model.Skeleton.KeypointCount, person = 0;
        for (int row = 0; row < from.Frames.RowCount; row++)
        {
            FrameStamp stamp = new()
            {
                Index = indices.Values[row],
                Pts = stamps.IsNull(row) ? null : stamps.Values[row],
                Seconds = times.Values[row],
                Status = TableWords.StatusOf(statuses.Text(row)!),
            };
            int persons = counts.IsNull(row) ? 0 : counts.Values[row];
            if (counts.IsNull(row))
            {
                _ledger.AddOther(stamp);
            }
            else
            {
                _ledger.AddInferred(stamp, persons);
            }

            MakeRoom(persons);
            to.Frames.AppendRows(from.Frames, row, 1);
            to.Persons.AppendRows(from.Persons, person, persons);
            to.Keypoints.AppendRows(from.Keypoints, person * joints, persons * joints);
            person += persons;
        }

        for (int row = 0; row < (source.Tracks?.Tracks.RowCount ?? 0); row++)
        {
            MakeRoomForTrack();
            _rows.Tracks!.Tracks.AppendRows(source.Tracks!.Tracks, row, 1);
        }
    }

    /// <inheritdoc/>
    /// <remarks>It asks nobody, so it is over when it returns.</remarks>
    public Task<ResultCounts> CompleteAsync(ResultFacts facts) => CompleteAsync(facts, segments: [], beforePublish: () => Task.CompletedTask);

    /// <summary>The same for a result that was made in segments.</summary>
    /// <param name="facts">What is known only now.</param>
    /// <param name="segments">Which attempt made which segment, for the manifest.</param>
    /// <param name="beforePublish">The last chance to refuse.</param>
    public async Task<ResultCounts> CompleteAsync(ResultFacts facts, IReadOnlyList<SegmentHeader> segments, Func<Task> beforePublish)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        ArgumentNullException.ThrowIfNull(facts);
        ResultCounts counts = _ledger.Counts;
        try
        {
            FinishTables(counts);

            // Reading back takes buffers of the size that writing has just let go of; without this they would be taken beside those.
            GC.Collect();
            IReadOnlyList<InspectedTable> files = Verify(counts);
            WriteManifest(counts, facts, files, segments);
            Libc.FlushFolder(_work.Path);
            await beforePublish();
            AtomicPublish.Publish(_work.Path, Path, _request.Overwrite);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.Unwritten(_work.Path, fault);
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

    private void MakeRoomForTrack()
    {
        _ledger.AddTrack();
        try
        {
            _tables[3].MakeRoom(1);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.Unwritten(_work.Path, fault);
        }
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
            throw OutputFault.Unwritten(_work.Path, fault);
        }
    }

    private void FinishTables(ResultCounts counts)
    {
        foreach (TableFile table in _tables)
        {
            table.Finish(TableMetadata.Of(_request, _key, table.Schema, counts, _ledger.IsVariableRate));
        }
    }

    /// <summary>Reads every row back before anybody can see the result, into the memory from which the rows were written.</summary>
    private IReadOnlyList<InspectedTable> Verify(ResultCounts counts)
    {
        if (!Directory.Exists(_work.Path))
        {
            throw new DirectoryNotFoundException("the folder was removed while the job ran.");
        }

        ProblemList problems = new();
        ResultInspection inspection = ResultInspector.InspectTables(_work.Path, problems, _memory, _rows.Blocks);
        if (inspection.Counts != counts)
        {
            problems.Add("counts_differ", TableSchemas.Frames.FileName, $"Written were {counts}, read back {inspection.Counts}.");
        }

        return problems.Count == 0
            ? inspection.Tables
            : throw new PoseBatchException(
                ReasonCode.Internal,
                $"The tables read back from '{_work.Path}' are not what was written: {string.Join(' ', problems.ToList().Select(problem => $"[{problem.File}] {problem.Message}"))}",
                "Check disk and memory of this machine; if they are sound, report this as a defect.");
    }

    private void WriteManifest(
        ResultCounts counts, ResultFacts facts, IReadOnlyList<InspectedTable> files, IReadOnlyList<SegmentHeader> segments)
    {
        byte[] manifest = Manifest.Write(
            _request, _key, System.IO.Path.GetFileName(Path), counts, _ledger.IsVariableRate, facts, files,
            _rows.Tracks is null ? Checks : [.. Checks, .. TrackChecks], segments);
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
    }
}
