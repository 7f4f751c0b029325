using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tables;

/// <summary>Where results live. The one door to the table format (here: Parquet files in a folder per result).</summary>
public interface IResultStore
{
    /// <summary>Prepares a hidden work folder beside the final place; nothing is visible until the result is complete.</summary>
    /// <exception cref="PoseBatchException">output_conflict, disk_full, output_unwritable.</exception>
    IResultWriter Begin(ResultRequest request);

    /// <summary>
    /// The same for a result that is made in segments, each safe on disk before it counts: goes on behind the last good one
    /// that an earlier attempt left, and gives the same bytes as if it had never stopped.
    /// </summary>
    /// <param name="request">What is made.</param>
    /// <param name="guard">Asked before anything counts.</param>
    /// <exception cref="PoseBatchException">output_conflict, disk_full, output_unwritable.</exception>
    IResultWriter BeginSegmented(ResultRequest request, ICommitFence guard);

    /// <summary>
    /// Makes sure that a result could be made below an output root now, by making and removing something small where results grow.
    /// Takes away what dead processes left there, a trial that was cut short among it.
    /// </summary>
    /// <param name="outputRoot">Made if it is missing.</param>
    /// <exception cref="PoseBatchException">output_conflict, disk_full, output_unwritable.</exception>
    void EnsureWritable(string outputRoot);

    /// <summary>Removes the segments of a result that nobody will go on with, and what dead processes left beside them.</summary>
    void Forget(ResultRequest request);
}

/// <summary>
/// Receives every source frame in order and leaves a complete result or nothing. Disposing without
/// <see cref="CompleteAsync"/> removes all traces. Not thread-safe.
/// </summary>
public interface IResultWriter : IDisposable
{
    /// <summary>Final folder of the result.</summary>
    string Path { get; }

    /// <summary>Appends the ledger row of a frame and, if it was inferred (status Ok or Corrupt), its persons and keypoints.</summary>
    /// <exception cref="PoseBatchException">disk_full, output_unwritable.</exception>
    void Write(Frame frame);

    /// <summary>Appends the ledger row of a frame that was not inferred (status Skipped or Undecodable).</summary>
    /// <exception cref="PoseBatchException">disk_full, output_unwritable.</exception>
    void WriteLedgerOnly(in FrameStamp stamp);

    /// <summary>Appends the row of a track that has ended. Rows come by (last frame, id).</summary>
    /// <exception cref="PoseBatchException">disk_full, output_unwritable; internal: the request has no tracks.</exception>
    void WriteTrack(in TrackSummary track);

    /// <summary>Frames that are safe already, from an earlier attempt: the next one written is the frame with this index. 0 for none.</summary>
    long CommittedFrames => 0;

    /// <summary>What was given to <see cref="CommitSegmentAsync"/> behind those frames; empty for none.</summary>
    ReadOnlyMemory<byte> CommittedState => default;

    /// <summary>Ends a segment: in a result made in segments all that was written so far is safe afterwards.</summary>
    /// <param name="state">What the next frame starts from; given back as <see cref="CommittedState"/>.</param>
    /// <exception cref="PoseBatchException">disk_full, output_unwritable, lease_lost.</exception>
    Task CommitSegmentAsync(ReadOnlyMemory<byte> state);

    /// <summary>
    /// Closes the tables, flushes them to disk, reads them back and compares row counts with the ledger, writes the
    /// manifest and renames the folder to its final name.
    /// </summary>
    /// <exception cref="PoseBatchException">disk_full, output_unwritable, output_conflict, internal (verification failed).</exception>
    Task<ResultCounts> CompleteAsync(ResultFacts facts);
}

/// <summary>What a result shall be called and hold, known before the first frame.</summary>
public sealed record ResultRequest
{
    /// <summary>Folder that holds one folder per result.</summary>
    public required string OutputRoot { get; init; }

    /// <summary>Name in the <c>video</c> column.</summary>
    public required string SourceId { get; init; }

    /// <summary>The video.</summary>
    public required VideoInfo Video { get; init; }

    /// <summary>Identity of the source's content: method and value (docs/spec/jobs.md, 4).</summary>
    public required SourceIdentity Identity { get; init; }

    /// <summary>The model.</summary>
    public required ModelDescription Model { get; init; }

    /// <summary>The network that found the people for <see cref="Model"/>; null where none did.</summary>
    public ModelDescription? Detector { get; init; }

    /// <summary>What runs it.</summary>
    public required ProviderReport Provider { get; init; }

    /// <summary>Version line of the decoder.</summary>
    public required string DecoderVersion { get; init; }

    /// <summary>
    /// Every setting that changes results, canonical order: name to value (null, bool, long, double or string). Hashed into the result's key.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<string, object?>> Settings { get; init; }

    /// <summary>How the tables are encoded.</summary>
    public required TableOptions Tables { get; init; }

    /// <summary>Whether people have an identity over time, so that there is a tracks table.</summary>
    public bool HasTracks { get; init; }

    /// <summary>Whether positions are smoothed, so that the raw ones have columns of their own.</summary>
    public bool HasRawPositions { get; init; }

    /// <summary>What to do when the result exists already.</summary>
    public required OverwriteRule Overwrite { get; init; }

    /// <summary>Id of the job, for the manifest only, so that tables of two runs are equal; null for a run without one.</summary>
    public string? JobId { get; init; }

    /// <summary>Group of the job, for the manifest only; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Labels of the job, for the manifest only.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>Identity of a file's content.</summary>
/// <param name="Method"><c>sha256</c> (whole file) or <c>fast-sha256</c> (size plus 64 blocks).</param>
/// <param name="Value">Lower-case hexadecimal.</param>
public sealed record SourceIdentity(string Method, string Value);

/// <summary>What to do when the same result exists already.</summary>
public enum OverwriteRule
{
    /// <summary>Leave it and fail with output_conflict.</summary>
    Never,

    /// <summary>Replace it when the new one is complete.</summary>
    Replace,
}

/// <summary>Encoding of the tables.</summary>
public sealed record TableOptions
{
    /// <summary>Compact (byte stream split, delta, zstd) or compatible (plain, dictionary, snappy).</summary>
    public TableProfile Profile { get; init; } = TableProfile.Compact;

    /// <summary>Rows a row group of keypoints aims at, and the most of the other tables; cut at a frame boundary.</summary>
    public int RowGroupRows { get; init; } = 131_072;

    /// <summary>Rounds x, y to 1/64 px and confidence to 0.001: 30-45 % smaller. Recorded in the metadata.</summary>
    public bool Rounded { get; init; }
}

/// <summary>Encoding profile.</summary>
public enum TableProfile
{
    /// <summary>Smallest; every current reader.</summary>
    Compact,

    /// <summary>For older readers.</summary>
    Compatible,
}

/// <summary>What is known only after the last frame.</summary>
public sealed record ResultFacts
{
    /// <summary>The decoder's account.</summary>
    public required DecodeReport Decode { get; init; }

    /// <summary>Start of the run, UTC. Goes into the manifest only, so that tables of two runs are equal.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>End of the run, UTC.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Timings, worker counts and what limited the run; manifest only. Values: null, bool, long, double or string.</summary>
    public required IReadOnlyList<KeyValuePair<string, object?>> Performance { get; init; }

    /// <summary>Sentences the user should read; manifest only.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>Counts of a result. Always: <c>SourceFrames = Inferred + Skipped + Undecodable</c>.</summary>
public sealed record ResultCounts(long SourceFrames, long Inferred, long Skipped, long Undecodable, long Corrupt, long Persons, long Keypoints)
{
    /// <summary>People over time; null without tracking.</summary>
    public long? Tracks { get; init; }
}
