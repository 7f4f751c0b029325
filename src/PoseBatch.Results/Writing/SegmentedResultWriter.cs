using PoseBatch.Parquet.Format;
using PoseBatch.Poses;
using PoseBatch.Results.Format;
using PoseBatch.Results.Verification;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Writing;

/// <summary>
/// A result that is made in segments, each safe on disk before it counts, so that whoever comes after a crash goes on behind the
/// last one. When all frames are in, the rows of all segments are written as one result by the same
/// <see cref="ParquetResultWriter"/> that writes any other: the same rows in the same order give the same bytes, however often
/// the work was interrupted.
/// </summary>
internal sealed class SegmentedResultWriter : IResultWriter
{
    // What a chunk may hold before it goes to disk; memory does not depend on how long a segment is.
    private const int ChunkJointRows = 32_768;
    private const int ChunkFrames = 4_096;

    private readonly ResultRequest _request;
    private readonly ResultKey _key;
    private readonly ICommitFence _guard;
    private readonly Func<ChunkMemory, ParquetResultWriter> _begin;
    private readonly string _folder;
    private readonly ChunkMemory _memory = new();
    private readonly ResultRows _rows;
    private readonly List<SegmentHeader> _segments;
    private SegmentFile.Writer? _open;
    private long _frames;
    private long _segmentStart;
    private bool _isOver;

    /// <param name="request">What is made.</param>
    /// <param name="key">Its key.</param>
    /// <param name="path">Its final folder.</param>
    /// <param name="guard">Asked before anything counts.</param>
    /// <param name="begin">Begins the writer of the final tables.</param>
    public SegmentedResultWriter(ResultRequest request, ResultKey key, string path, ICommitFence guard, Func<ChunkMemory, ParquetResultWriter> begin)
    {
        (_request, _key, Path, _guard, _begin) = (request, key, path, guard, begin);
        _folder = CheckpointFolder.PathOf(request.OutputRoot, System.IO.Path.GetFileName(path));
        _rows = new(request);
        _rows.Frames.Keypoints.Reserve(ChunkJointRows + 1_024);
        _rows.Frames.Persons.Reserve(ChunkFrames);
        _rows.Frames.Frames.Reserve(ChunkFrames);
        CheckpointFolder.Found found = CheckpointFolder.Open(_folder, key.Value, _rows.Blocks, _memory);
        _segments = [.. found.Segments];
        _frames = _segmentStart = found.Frames;
        CommittedFrames = found.Frames;
        CommittedState = found.State;
        _rows.Frames.Segment = _segments.Count;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public long CommittedFrames { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> CommittedState { get; }

    /// <inheritdoc/>
    public void Write(Frame frame)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        ArgumentNullException.ThrowIfNull(frame);
        _rows.Frames.Add(frame);
        _frames = frame.Stamp.Index + 1;
        SpillIfFull();
    }

    /// <inheritdoc/>
    public void WriteLedgerOnly(in FrameStamp stamp)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _rows.Frames.AddLedgerOnly(stamp);
        _frames = stamp.Index + 1;
        SpillIfFull();
    }

    /// <inheritdoc/>
    public void WriteTrack(in TrackSummary track)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _rows.Tracks!.Add(track);
    }

    /// <inheritdoc/>
    public async Task CommitSegmentAsync(ReadOnlyMemory<byte> state)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        int segment = _segments.Count;
        try
        {
            Spill();
            await _open!.CommitAsync(_frames, state, () => _guard.BeforeCommitAsync(segment));
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.Unwritten(_folder, fault);
        }

        _open.Dispose();
        _open = null;
        _segments.Add(Next);
        _segmentStart = _frames;
        _rows.Frames.Segment = _segments.Count;
        await _guard.CommittedAsync(segment);
    }

    /// <inheritdoc/>
    public async Task<ResultCounts> CompleteAsync(ResultFacts facts)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        if (_open is not null || _rows.HasRows)
        {
            await CommitSegmentAsync(default);
        }

        await _guard.FinalizingAsync();
        try
        {
            using ParquetResultWriter final = _begin(_memory);
            for (int segment = 0; segment < _segments.Count; segment++)
            {
                using SegmentFile.Reader reader = Reopen(segment);
                while (reader.TryRead(_rows.Blocks))
                {
                    final.Append(_rows);
                }

                // Some 30 KB of short life per segment, an open file among them that outlives one collection; see the write stage,
                // which does the same for the same reason.
                GC.Collect(1);
            }

            _rows.Clear();
            ResultCounts counts = await final.CompleteAsync(facts, _segments, _guard.BeforePublishAsync);
            CheckpointFolder.Remove(_folder);
            Dispose();
            return counts;
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw OutputFault.Unwritten(_folder, fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            _open?.Dispose();
            CheckpointFolder.RemoveEmpty(_folder);
        }
    }

    /// <summary>A segment may have been written hours ago: whatever happened to it since, no other rows go into the result.</summary>
    private SegmentFile.Reader Reopen(int segment)
    {
        string file = System.IO.Path.Combine(_folder, SegmentFile.NameOf(segment));
        if (File.Exists(file) && SegmentFile.IsWhole(file, _memory))
        {
            SegmentFile.Reader reader = new(file, _memory);
            if (reader.Header == _segments[segment])
            {
                return reader;
            }

            reader.Dispose();
        }

        throw new PoseBatchException(
            ReasonCode.Internal,
            $"'{file}' was changed or removed after it had been made safe: nothing is made of it.",
            "The next attempt makes it anew. See what else writes into that folder, and check the disk.");
    }

    private SegmentHeader Next => new(_key.Value, _segments.Count, _segmentStart, _guard.Attempt);

    private void SpillIfFull()
    {
        if (_rows.Frames.Keypoints.RowCount >= ChunkJointRows || _rows.Frames.Frames.RowCount >= ChunkFrames)
        {
            try
            {
                Spill();
            }
            catch (Exception fault) when (OutputFault.IsOutputFault(fault))
            {
                throw OutputFault.Unwritten(_folder, fault);
            }
        }
    }

    private void Spill()
    {
        if (_open is null)
        {
            Directory.CreateDirectory(_folder);
            _open = new(_folder, Next, _memory);
        }

        _open.Add(_rows.Blocks);
        _rows.Clear();
    }
}
