using System.Globalization;
using System.Text.Json;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Jobs;
using PoseBatch.Parquet.Results;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.Intake;
using PoseBatch.Worker.Results;
using PoseBatch.Worker.Service;

namespace PoseBatch.Worker.Api.Viewer;

/// <summary>
/// Pictures of a finished job's source, found through the ledger's exact stamps. A run of frames is read at a time, because
/// whoever looks at one looks at its neighbours next; at most two ffmpegs run. Thread-safe.
/// </summary>
internal sealed class FramePictures(ServiceParts parts) : IDisposable
{
    private const int RunLength = 16;
    private const int MostChildren = 2;
    private const long MostCachedBytes = 64L << 20;
    private const int MostVideos = 64;
    private const int MostMoved = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly PictureCache _cache = new(MostCachedBytes);
    private readonly SemaphoreSlim _children = new(MostChildren);
    private readonly SemaphoreSlim[] _runs = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];
    private readonly Dictionary<string, VideoInfo> _videos = new(StringComparer.Ordinal);

    /// <summary>One frame as JPEG.</summary>
    /// <param name="job">A job with a result.</param>
    /// <param name="folder">Its result's folder.</param>
    /// <param name="frame">Index of the frame.</param>
    /// <param name="width">Wider pictures are made smaller.</param>
    /// <param name="cancellation">Stops waiting, and ffmpeg.</param>
    /// <exception cref="ApiException">404: no such frame, or it has no picture; 410: the source changed or is gone.</exception>
    /// <exception cref="PoseBatchException">ffmpeg failed.</exception>
    public async Task<byte[]> GetAsync(JobRecord job, string folder, int frame, int width, CancellationToken cancellation)
    {
        FileInfo source = CheckSource(job, folder);
        string video = string.Create(CultureInfo.InvariantCulture, $"{source.FullName}|{source.Length}|{source.LastWriteTimeUtc.Ticks}|{width}|{folder}");
        if (_cache.Find(KeyOf(video, frame)) is { } known)
        {
            return known;
        }

        int first = frame - (frame % RunLength);
        SemaphoreSlim run = _runs[(int)((uint)HashCode.Combine(video, first) % _runs.Length)];
        await run.WaitAsync(cancellation);
        try
        {
            return _cache.Find(KeyOf(video, frame)) ?? await ReadAsync(job, source, folder, video, first, frame, width, cancellation);
        }
        finally
        {
            run.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _children.Dispose();
        Array.ForEach(_runs, run => run.Dispose());
    }

    private async Task<byte[]> ReadAsync(
        JobRecord job, FileInfo source, string folder, string video, int first, int frame, int width, CancellationToken cancellation)
    {
        List<Row> rows = Rows(folder, first, cancellation);
        Row wanted = rows.Find(row => row.Frame == frame) ?? throw new ApiException(
            StatusCodes.Status404NotFound, "not_found", $"The video has no frame {frame}.");
        if (!wanted.HasPicture)
        {
            throw new ApiException(StatusCodes.Status404NotFound, "no_picture", $"Frame {frame} could not be decoded, so there is no picture of it.");
        }

        await _children.WaitAsync(cancellation);
        try
        {
            StillPictures pictures = new(parts.Decoder.Tools, Workshop.FfmpegOptionsOf(parts.Settings), Limit, parts.Clock);
            VideoInfo info = await ProbeAsync(job, source, cancellation);
            List<Row> run = [.. rows.Where(row => row.HasPicture && row.Stamp is not null)];
            if (wanted.Stamp is { } stamp)
            {
                IReadOnlyList<byte[]> found = await pictures.ByStampAsync(info, [.. run.Select(row => row.Stamp!.Value)], width, cancellation);
                if (found.Count == run.Count)
                {
                    for (int i = 0; i < run.Count; i++)
                    {
                        _cache.Add(KeyOf(video, run[i].Frame), found[i]);
                    }

                    return found[run.IndexOf(wanted)];
                }

                // A damaged place, or stamps that occur twice: this one alone.
                found = await pictures.ByStampAsync(info, [stamp], width, cancellation);
                if (found.Count == 1)
                {
                    return Kept(video, frame, found[0]);
                }
            }

            IReadOnlyList<byte[]> counted = await pictures.ByPlaceAsync(info, PlaceOf(folder, frame, cancellation), width, cancellation);
            return counted.Count == 1 ? Kept(video, frame, counted[0]) : throw new ApiException(
                StatusCodes.Status410Gone, ReasonCode.SourceChanged.WireName(), $"The source does not give frame {frame} any more.");
        }
        finally
        {
            _children.Release();
        }
    }

    private byte[] Kept(string video, int frame, byte[] picture)
    {
        _cache.Add(KeyOf(video, frame), picture);
        return picture;
    }

    private FileInfo CheckSource(JobRecord job, string folder)
    {
        FileInfo source;
        try
        {
            source = new FileInfo(parts.Desk.SourcePath(job.Spec.Source.Path));
        }
        catch (JobRefusedException outside)
        {
            throw new ApiException(StatusCodes.Status410Gone, ReasonCode.SourceMissing.WireName(), outside.Message);
        }

        if (source.Exists && IsSame(source, folder))
        {
            return source;
        }

        // The watched folder itself may have put it away (Inbox:AfterJob).
        if (MovedTo(source.FullName).Select(path => new FileInfo(path)).FirstOrDefault(moved => moved.Exists && IsSame(moved, folder)) is { } found)
        {
            return found;
        }

        throw source.Exists
            ? new ApiException(
                StatusCodes.Status410Gone, ReasonCode.SourceChanged.WireName(), $"The source '{source.FullName}' is not the one the result was made from.",
                "Put the old file back, or submit the new one.")
            : new ApiException(
                StatusCodes.Status410Gone, ReasonCode.SourceMissing.WireName(), $"The source '{source.FullName}' is not there any more.", "The tables are complete without it.");
    }

    // Where a finished file of the watched folder is put, with the numbers of names that were taken.
    private IEnumerable<string> MovedTo(string path)
    {
        if (parts.Settings.Inbox.Path is not { Length: > 0 } configured
            || Path.GetRelativePath(Path.GetFullPath(configured), path) is var within && (within.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(within)))
        {
            yield break;
        }

        foreach (string place in new[] { InboxNames.Done, InboxNames.Failed })
        {
            string moved = Path.Combine(Path.GetFullPath(configured), place, within);
            string folder = Path.GetDirectoryName(moved)!;
            for (int number = 1; number <= MostMoved && File.Exists(moved); number++)
            {
                yield return moved;
                moved = Path.Combine(folder, QuietMove.Numbered(Path.GetFileName(path), number + 1));
            }
        }
    }

    private static bool IsSame(FileInfo source, string folder)
    {
        using ResultTable frames = ResultTable.Open(folder, TableSchemas.Frames);
        JsonElement made = JsonElement.Parse(frames.Metadata["posebatch.source"]);
        if (made.GetProperty("size").GetInt64() != source.Length)
        {
            return false;
        }

        // A file that was only touched, or copied, is the same when its content is.
        return made.GetProperty("mtime").GetDateTime().ToUniversalTime() == source.LastWriteTimeUtc
            || (made.GetProperty("identity").GetProperty("method").GetString() == SourceFingerprint.FastMethod
                && made.GetProperty("identity").GetProperty("value").GetString() == SourceFingerprint.Fast(source.FullName).Value);
    }

    private async Task<VideoInfo> ProbeAsync(JobRecord job, FileInfo source, CancellationToken cancellation)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{source.FullName}|{source.Length}|{source.LastWriteTimeUtc.Ticks}|{job.Spec.Source.Stream}");
        lock (_videos)
        {
            if (_videos.TryGetValue(key, out VideoInfo? known))
            {
                return known;
            }
        }

        VideoInfo video = await parts.Decoder.ProbeAsync(source.FullName, job.Spec.Source.Stream, cancellation);
        lock (_videos)
        {
            if (_videos.Count >= MostVideos)
            {
                _videos.Clear();
            }

            return _videos[key] = video;
        }
    }

    private static List<Row> Rows(string folder, int first, CancellationToken cancellation)
    {
        using ResultTable frames = ResultTable.Open(folder, TableSchemas.Frames, "pts", "status");
        ColumnBuffer<long> stamps = frames.Column<long>("pts");
        TextColumnBuffer statuses = frames.Text("status");
        List<Row> rows = [];
        foreach ((int begin, int end) in frames.Rows(first, first + RunLength, cancellation))
        {
            for (int row = begin; row < end; row++)
            {
                rows.Add(new Row(frames.Frames[row], stamps.ValueAt(row), statuses.Text(row) != "undecodable"));
            }
        }

        return rows;
    }

    // Its place among the frames that decode.
    private static long PlaceOf(string folder, int frame, CancellationToken cancellation)
    {
        using ResultTable frames = ResultTable.Open(folder, TableSchemas.Frames, "status");
        TextColumnBuffer statuses = frames.Text("status");
        long place = 0;
        foreach ((int begin, int end) in frames.Rows(0, frame, cancellation))
        {
            for (int row = begin; row < end; row++)
            {
                place += statuses.Text(row) != "undecodable" ? 1 : 0;
            }
        }

        return place;
    }

    private static string KeyOf(string video, int frame) => string.Create(CultureInfo.InvariantCulture, $"{frame}|{video}");

    private sealed record Row(int Frame, long? Stamp, bool HasPicture);
}
