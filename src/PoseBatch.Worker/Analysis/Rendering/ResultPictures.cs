using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Results.Format;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Analysis.Rendering;

/// <summary>Pictures of a finished result: its video with what was found drawn in, single frames, and a sheet of some.</summary>
internal sealed class ResultPictures
{
    private readonly AnnotatedPictures _pictures;

    private ResultPictures(PoseResult result, VideoInfo video, AnnotatedPictures pictures)
    {
        (Result, Video, _pictures) = (result, video, pictures);
    }

    /// <summary>The result.</summary>
    public PoseResult Result { get; }

    /// <summary>Its video, found and probed.</summary>
    public VideoInfo Video { get; }

    /// <summary>Finds the video of a result, and makes sure that it is the one that was processed and that ffmpeg can draw.</summary>
    /// <param name="result">The result.</param>
    /// <param name="given">Where the video is now; null for where it was.</param>
    /// <param name="force">Draw on a file of other content.</param>
    /// <param name="settings">The settings of this run.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="PoseBatchException">
    /// source_missing: no such file, or nobody knows where it was; source_changed: another content; codec_unsupported: ffmpeg
    /// is missing or lacks a part; or what probing says of the file.
    /// </exception>
    public static async Task<ResultPictures> OpenAsync(
        PoseResult result, string? given, bool force, Settings settings, CancellationToken cancellation)
    {
        string path = Path.GetFullPath(given ?? result.SourcePath ?? throw new PoseBatchException(
            ReasonCode.SourceMissing, $"Nothing in '{result.Path}' tells where its video was: the manifest is missing.", "Name the video with --video."));
        if (!File.Exists(path))
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing,
                given is null ? $"The video of this result was '{path}', and is there no more." : $"There is no file '{given}'.",
                "Name the place where it is now with --video.");
        }

        if (!force)
        {
            Check(result, path, cancellation);
        }

        FfmpegVideoDecoder decoder = ModelHost.OpenDecoder(settings);
        AnnotatedPictures pictures = new(decoder.Tools, ModelHost.FfmpegOptionsOf(settings));
        if (await pictures.WhyNotAsync(cancellation) is { } lack)
        {
            throw new PoseBatchException(ReasonCode.CodecUnsupported, lack, "Install an ffmpeg with libass and libx264, as the distributions' own are.");
        }

        return new(result, await decoder.ProbeAsync(path, result.StreamIndex, cancellation), pictures);
    }

    /// <summary>The whole video with skeletons, tracks and scores: H.264 in MP4, every frame at its own time.</summary>
    public async Task WriteVideoAsync(string path, CancellationToken cancellation)
    {
        // Players start at the first picture. What the file lost before it has no place in the copy.
        LedgerFrame? first = null, before = null;
        double gap = 0;
        foreach (LedgerFrame frame in Result.ReadLedger(cancellation).Where(frame => frame.HasPicture))
        {
            first ??= frame;
            gap = double.Max(gap, frame.Seconds - (before ?? frame).Seconds);
            before = frame;
        }

        double zero = first?.Seconds ?? 0;
        IEnumerable<PosedFrame> frames = Result.ReadFrames(cancellation)
            .Where(frame => frame.HasPicture)
            .Select(frame => DrawnFrames.Tagged(frame, Video.DisplaySize))
            .Select(frame => frame with { Seconds = frame.Seconds - zero });
        VideoClock clock = new() { FirstPts = first?.Pts, LongestGapSeconds = gap };
        await _pictures.WriteVideoAsync(Video, Result.Skeleton, frames, clock, path, cancellation);
    }

    /// <summary>One frame with what was found in it.</summary>
    /// <param name="index">Index of the source frame.</param>
    /// <param name="shape">Size and format.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends ffmpeg at once.</param>
    /// <exception cref="PoseBatchException">source_missing: no such frame, or it gave no picture; or ffmpeg failed.</exception>
    public async Task WriteFrameAsync(int index, PictureShape shape, string path, CancellationToken cancellation)
    {
        Require(index);

        // Where stamps are missing, frames are found by counting those that decode.
        int lost = Video.TimeSource == TimeSource.Estimated ? Result.ReadLedger(0, index, cancellation).Count(frame => !frame.HasPicture) : 0;
        ResultFrame wanted = Result.ReadFrames(index, index + 1, cancellation).SingleOrDefault()
            ?? throw new PoseBatchException(ReasonCode.Internal, FormattableString.Invariant($"The ledger of '{Result.Name}' lacks frame {index}."));
        await WriteFrameAsync(wanted, lost, shape, path, cancellation);
    }

    /// <summary>Makes sure that the result has a frame.</summary>
    /// <param name="index">Index of the source frame.</param>
    /// <exception cref="PoseBatchException">source_missing: it has not.</exception>
    public void Require(int index)
    {
        if (index >= Result.Counts.SourceFrames)
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing,
                FormattableString.Invariant($"'{Result.Name}' has no frame {index}: its frames are 0 to {Result.Counts.SourceFrames - 1}."),
                "Frames count from 0.");
        }
    }

    /// <summary>One frame with what was found in it, as the bytes of a picture.</summary>
    /// <inheritdoc cref="WriteFrameAsync(int, PictureShape, string, CancellationToken)"/>
    public async Task<byte[]> ReadFrameAsync(int index, PictureShape shape, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("posebatch-frame-");
        try
        {
            string path = Path.Combine(folder.FullName, "frame");
            await WriteFrameAsync(index, shape, path, cancellation);
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Frames at even distances, side by side in one PNG.</summary>
    /// <param name="layout">How many, and how large.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends ffmpeg at once.</param>
    public async Task WriteSheetAsync(SheetLayout layout, string path, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("posebatch-sheet-");
        try
        {
            IReadOnlyList<int> shown = SheetLayout.Choose(Result, layout.CellCount, cancellation);
            if (shown.Count == 0)
            {
                throw new PoseBatchException(ReasonCode.DecodeFailed, $"'{Result.Name}' has no frame with a picture.");
            }

            for (int cell = 0; cell < shown.Count; cell++)
            {
                string file = Path.Combine(folder.FullName, FormattableString.Invariant($"cell-{cell:D3}.png"));
                await WriteFrameAsync(shown[cell], new() { Box = layout.CellOf(Video), IsFilled = true }, file, cancellation);
            }

            await _pictures.WriteSheetAsync(Path.Combine(folder.FullName, "cell-%03d.png"), shown.Count, layout.Columns, path, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private Task WriteFrameAsync(ResultFrame frame, int lost, PictureShape shape, string path, CancellationToken cancellation)
    {
        if (!frame.HasPicture)
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing,
                FormattableString.Invariant($"Frame {frame.Index} of '{Result.Name}' is undecodable: the file has an entry for it, but no picture came of it."),
                "Choose another frame.");
        }

        FrameOnDisplay shown = new(frame.Index, frame.Pts, frame.Seconds, frame.Size ?? Video.DisplaySize)
        {
            DecodedIndex = frame.Index - lost,
            Skeleton = Result.Skeleton,
            Poses = DrawnFrames.Tagged(frame, frame.Size ?? Video.DisplaySize),
        };
        return _pictures.WriteFrameAsync(Video, shown, shape, path, cancellation);
    }

    private static void Check(PoseResult result, string path, CancellationToken cancellation)
    {
        SourceIdentity expected = result.Identity;
        SourceIdentity found = expected.Method == SourceFingerprint.FullMethod ? SourceFingerprint.Full(path, cancellation) : SourceFingerprint.Fast(path);
        if (found != expected)
        {
            throw new PoseBatchException(
                ReasonCode.SourceChanged,
                $"'{path}' is not the video that was processed: its {expected.Method} should be {expected.Value}, is {found.Value}.",
                "Name the right file with --video, or draw on this one all the same with --force.");
        }
    }
}
