using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>A source file looked at without ffmpeg: whether it is one at all, and how it begins.</summary>
internal sealed record SourceFile(string Path, long SizeBytes, DateTimeOffset ModifiedUtc, SourceMark Mark, ReadOnlyMemory<byte> Head)
{
    private const int HeadBytes = 64;

    /// <summary>Opening a FIFO would wait for ever, a device may do anything: only regular files go further.</summary>
    /// <exception cref="PoseBatchException">source_missing, source_unreadable, not_video.</exception>
    public static SourceFile Examine(string path)
    {
        string absolute = path.Contains('\0', StringComparison.Ordinal) ? throw Missing(path) : System.IO.Path.GetFullPath(path);
        if (KindName(Libc.KindOf(absolute)) is { } other)
        {
            throw NotVideo(absolute, $"is {other}, not a regular file", "Name a video file.");
        }

        if (SourceReach.Of(absolute, Libc.ErrorOf(absolute)) is { } unseen)
        {
            throw unseen;
        }

        SourceMark mark = Libc.MarkOf(absolute);   // before anything is read: what changes from here on shows
        byte[] head = new byte[HeadBytes];
        int count;
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle =
                File.OpenHandle(absolute, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            count = RandomAccess.Read(handle, head, 0);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw SourceReach.Of(absolute, failure);
        }

        FileInfo file = Content(absolute);
        return !file.Exists ? throw Missing(absolute)
            : file.Length == 0
            ? throw NotVideo(absolute, "is empty (0 bytes)", "Copy or record it again; if it is still being written, submit it later.")
            : new(absolute, file.Length, file.LastWriteTimeUtc, mark, head.AsMemory(0, count));
    }

    /// <summary>What has become of a file since it was probed: changed, replaced, removed, or out of reach; null when it is as it was.</summary>
    public static PoseBatchException? FaultSince(string path, long sizeBytes, DateTimeOffset modifiedUtc)
    {
        int error = Libc.ErrorOf(path);
        if (error != 0 && !SourceFault.IsGone(error))
        {
            return SourceReach.Of(path, error);
        }

        FileInfo now = Content(path);
        return now.Exists && now.Length == sizeBytes && now.LastWriteTimeUtc == modifiedUtc.UtcDateTime
            ? null
            : new(
                ReasonCode.SourceChanged,
                $"'{path}' was changed, replaced or removed while it was being read.",
                "Submit it again when nothing writes to it any more.");
    }

    // Size and time of a link are those of the link itself; what is decoded, and may change, is the file it leads to.
    private static FileInfo Content(string path)
    {
        FileInfo file = new(path);
        try
        {
            return (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        }
        catch (IOException)
        {
            // Gone in the meantime, or a link that leads in circles: then it does not exist, either.
            return file;
        }
    }

    /// <summary>Whether it begins like MP4 or MOV: with a box whose name is one of those that stand in front.</summary>
    public bool BeginsLikeMp4 => Head.Length >= 8 && Head.Span[4..8] is { } name
        && (name.SequenceEqual("ftyp"u8) || name.SequenceEqual("moov"u8) || name.SequenceEqual("mdat"u8) || name.SequenceEqual("free"u8)
            || name.SequenceEqual("skip"u8) || name.SequenceEqual("wide"u8) || name.SequenceEqual("moof"u8) || name.SequenceEqual("styp"u8)
            || name.SequenceEqual("sidx"u8) || name.SequenceEqual("pnot"u8) || name.SequenceEqual("uuid"u8));

    /// <summary>
    /// The demuxer to force, or null to let ffmpeg find out. Still pictures are forced: ffmpeg would read them as a numbered
    /// sequence, which opens other files than the one it was given.
    /// </summary>
    public string? StillDemuxer => System.IO.Path.GetExtension(Path).ToUpperInvariant() switch
    {
        ".PNG" when Head.Span.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]) => "png_pipe",
        ".JPG" or ".JPEG" when Head.Span.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) => "jpeg_pipe",
        ".BMP" when Head.Span.StartsWith("BM"u8) => "bmp_pipe",
        ".WEBP" when Head.Span.StartsWith("RIFF"u8) && Head.Length >= 12 && Head.Span[8..12].SequenceEqual("WEBP"u8) => "webp_pipe",
        _ => null,
    };

    /// <summary>What the first bytes say of a file that holds something else than a video; null when they say nothing.</summary>
    public (string What, string Advice)? ForeignKind => Head.Span switch
    {
        [0x50, 0x4B, 0x03, 0x04, ..] => ("a ZIP archive", "Unpack it and name the videos in it."),
        [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, ..] => ("a 7-Zip archive", "Unpack it and name the videos in it."),
        [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07, ..] => ("a RAR archive", "Unpack it and name the videos in it."),
        [0x1F, 0x8B, ..] => ("compressed by gzip", "Unpack it and name the video in it."),
        var head when head.StartsWith("Salted__"u8) => ("encrypted (by openssl)", "Decrypt it first."),
        var head when head.StartsWith("age-encryption.org/"u8) => ("encrypted (by age)", "Decrypt it first."),
        var head when head.StartsWith("-----BEGIN PGP MESSAGE"u8) => ("encrypted (by OpenPGP)", "Decrypt it first."),
        _ => null,
    };

    public static PoseBatchException NotVideo(string path, string why, string advice) =>
        new(ReasonCode.NotVideo, $"'{path}' {why}.", advice);

    public static PoseBatchException Missing(string path) => path.Contains('\uFFFD', StringComparison.Ordinal)
        ? new(ReasonCode.SourceMissing, $"'{path}' cannot be found: its name is not valid UTF-8.", "Rename the file, or its folder; convmv does that for many.")
        : new(ReasonCode.SourceMissing, $"'{path}' does not exist.", "Check the name and whether its disk or share is mounted.");

    private static string? KindName(Libc.FileKind kind) => kind switch
    {
        Libc.FileKind.Fifo => "a FIFO (named pipe)",
        Libc.FileKind.CharacterDevice or Libc.FileKind.BlockDevice => "a device",
        Libc.FileKind.Directory => "a folder",
        Libc.FileKind.Socket => "a socket",
        _ => null,
    };
}
