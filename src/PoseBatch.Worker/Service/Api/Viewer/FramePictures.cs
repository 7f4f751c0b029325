using System.Globalization;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Jobs;
using PoseBatch.Results.Format;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api.Viewer;

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
    private readonly Dictionary<(string Source, SourceIdentity Made), Task<bool>> _judged = [];

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
        PoseResult result = PoseResult.Open(folder);
        Source source = await CheckSourceAsync(job, result, cancellation);
        string video = string.Create(CultureInfo.InvariantCulture, $"{source.Key}|{width}|{folder}");
        if (_cache.Find(KeyOf(video, frame)) is { } known)
        {
            return known;
        }

        int first = frame - (frame % RunLength);
        SemaphoreSlim run = _runs[(int)((uint)HashCode.Combine(video, first) % _runs.Length)];
        await run.WaitAsync(cancellation);
        try
        {
            return _cache.Find(KeyOf(video, frame)) ?? await ReadAsync(job, source, result, video, first, frame, width, cancellation);
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
        JobRecord job, Source source, PoseResult result, string video, int first, int frame, int width, CancellationToken cancellation)
    {
        List<LedgerFrame> rows = [.. result.ReadLedger(first, first + RunLength, cancellation)];
        LedgerFrame wanted = rows.Find(row => row.Index == frame) ?? throw new ApiException(
            StatusCodes.Status404NotFound, "not_found", $"The video has no frame {frame}.");
        if (!wanted.HasPicture)
        {
            throw new ApiException(StatusCodes.Status404NotFound, "no_picture", $"Frame {frame} could not be decoded, so there is no picture of it.");
        }

        await _children.WaitAsync(cancellation);
        try
        {
            StillPictures pictures = new(parts.Decoder.Tools, ModelHost.FfmpegOptionsOf(parts.Settings), Limit, parts.Clock);
            VideoInfo info = await ProbeAsync(job, source, cancellation);
            List<LedgerFrame> run = [.. rows.Where(row => row.HasPicture && row.Pts is not null)];
            if (wanted.Pts is { } stamp)
            {
                IReadOnlyList<byte[]> found = await pictures.ByStampAsync(info, [.. run.Select(row => row.Pts!.Value)], width, cancellation);
                if (found.Count == run.Count)
                {
                    return KeptAll(video, run, found)[run.IndexOf(wanted)];
                }

                // A damaged place, or stamps that occur twice: this one alone.
                found = await pictures.ByStampAsync(info, [stamp], width, cancellation);
                if (found.Count == 1)
                {
                    return Kept(video, frame, found[0]);
                }

                // No jump leads to it. From the beginning, all of the run at once; a count of frames would begin anew where the size changes.
                found = await pictures.ByStampWithoutJumpAsync(info, [.. run.Select(row => row.Pts!.Value)], width, cancellation);
                if (found.Count == run.Count)
                {
                    return KeptAll(video, run, found)[run.IndexOf(wanted)];
                }
            }

            // Its place among the frames that decode.
            long place = result.ReadLedger(0, frame, cancellation).LongCount(row => row.HasPicture);
            IReadOnlyList<byte[]> counted = await pictures.ByPlaceAsync(info, place, width, cancellation);
            return counted.Count == 1 ? Kept(video, frame, counted[0]) : throw new ApiException(
                StatusCodes.Status404NotFound, "no_picture", $"Read again, the source does not give frame {frame}, so there is no picture of it.");
        }
        finally
        {
            _children.Release();
        }
    }

    private IReadOnlyList<byte[]> KeptAll(string video, List<LedgerFrame> run, IReadOnlyList<byte[]> found)
    {
        for (int i = 0; i < run.Count; i++)
        {
            _cache.Add(KeyOf(video, run[i].Index), found[i]);
        }

        return found;
    }

    private byte[] Kept(string video, int frame, byte[] picture)
    {
        _cache.Add(KeyOf(video, frame), picture);
        return picture;
    }

    private async Task<Source> CheckSourceAsync(JobRecord job, PoseResult result, CancellationToken cancellation)
    {
        string path;
        try
        {
            path = parts.Submitter.Paths.SourcePath(job.Spec.Source.Path);
        }
        catch (JobRefusedException outside)
        {
            throw new ApiException(StatusCodes.Status410Gone, ReasonCode.SourceMissing.WireName(), outside.Message);
        }

        // The watched folder itself may have put it away (Inbox:AfterJob).
        bool isThere = false;
        foreach (string place in MovedTo(path).Prepend(path))
        {
            if (Look(place) is { } found)
            {
                if (await IsSameAsync(found, result, cancellation))
                {
                    return found;
                }

                isThere |= place == path;
            }
        }

        throw isThere
            ? new ApiException(
                StatusCodes.Status410Gone, ReasonCode.SourceChanged.WireName(), $"The source '{path}' is not the one the result was made from.",
                "Put the old file back, or submit the new one.")
            : new ApiException(
                StatusCodes.Status410Gone, ReasonCode.SourceMissing.WireName(), $"The source '{path}' is not there any more.", "The tables are complete without it.");
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
                moved = Path.Combine(folder, AtomicMove.Numbered(Path.GetFileName(path), number + 1));
            }
        }
    }

    private Source? Look(string path)
    {
        // The mark first: a file that is replaced in between is then known by a mark that nothing has any more.
        SourceMark mark = parts.Decoder.MarkOf(path);
        FileInfo file = new(path);
        return file.Exists
            ? new(path, file.Length, string.Create(
                CultureInfo.InvariantCulture, $"{path}|{file.Length}|{file.LastWriteTimeUtc.Ticks}|{mark.Device}|{mark.Inode}|{mark.StatusTicks}"))
            : null;
    }

    // By content, once for every state of the file: a size and a time are given to another video in a moment.
    private async Task<bool> IsSameAsync(Source source, PoseResult result, CancellationToken cancellation)
    {
        SourceIdentity made = result.Identity;
        if (result.SourceBytes != source.Length)
        {
            return false;
        }

        Task<bool>? judging;
        lock (_judged)
        {
            if (!_judged.TryGetValue((source.Key, made), out judging) || judging.IsFaulted)
            {
                if (_judged.Count >= MostVideos)
                {
                    _judged.Clear();
                }

                // Whoever gave up waiting comes back: a long hash (Output:FullHash) is made to its end for them.
                judging = _judged[(source.Key, made)] = Task.Run(
                    () => made == (made.Method == SourceFingerprint.FullMethod ? SourceFingerprint.Full(source.Path, CancellationToken.None) : SourceFingerprint.Fast(source.Path)),
                    CancellationToken.None);
            }
        }

        return await judging.WaitAsync(cancellation);
    }

    private async Task<VideoInfo> ProbeAsync(JobRecord job, Source source, CancellationToken cancellation)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{source.Key}|{job.Spec.Source.Stream}");
        lock (_videos)
        {
            if (_videos.TryGetValue(key, out VideoInfo? known))
            {
                return known;
            }
        }

        VideoInfo video = await parts.Decoder.ProbeAsync(source.Path, job.Spec.Source.Stream, cancellation);
        lock (_videos)
        {
            if (_videos.Count >= MostVideos)
            {
                _videos.Clear();
            }

            return _videos[key] = video;
        }
    }

    private static string KeyOf(string video, int frame) => string.Create(CultureInfo.InvariantCulture, $"{frame}|{video}");

    /// <summary>A file that may be the source.</summary>
    /// <param name="Path">Where it lies.</param>
    /// <param name="Length">Its size in bytes.</param>
    /// <param name="Key">Another one whenever its content may have changed.</param>
    private sealed record Source(string Path, long Length, string Key);
}
