namespace PoseBatch.Worker.FileSystem;

/// <summary>Which names are taken for videos: in the inbox, in uploads, and in folders named on the command line.</summary>
internal static class InboxNames
{
    /// <summary>The settings of a folder's videos.</summary>
    public const string Profile = "posebatch.json";

    /// <summary>A file of that name beside a video says that the video is whole.</summary>
    public const string ReadySuffix = ".ready";

    /// <summary>Folder in the inbox that receives finished sources.</summary>
    public const string Done = "done";

    /// <summary>Folder in the inbox that receives failed sources.</summary>
    public const string Failed = "failed";

    // What copy tools, browsers and recorders call a file while they write it.
    private static readonly HashSet<string> Unfinished = Set(
        "part", "partial", "tmp", "temp", "filepart", "crdownload", "download", "opdownload", "aria2", "!ut", "!qb", "swp");

    // What lies beside videos and is surely none. Everything else is opened, so that no video is passed over for its name.
    private static readonly HashSet<string> Companions = Set(
        "ready",
        "txt", "md", "rst", "log", "nfo", "rtf", "pdf", "doc", "docx", "odt", "xls", "xlsx", "ods", "ppt", "pptx", "html", "htm",
        "json", "jsonl", "xml", "xmp", "csv", "tsv", "yaml", "yml", "toml", "ini", "cfg", "db", "sqlite", "plist", "aae",
        "srt", "vtt", "ass", "ssa", "sub", "idx", "sup", "edl", "fcpxml", "otio",
        "jpg", "jpeg", "jpe", "png", "bmp", "webp", "tif", "tiff", "heic", "heif", "hif", "avif", "jxl", "svg", "psd", "xcf", "insp",
        "dng", "cr2", "cr3", "nef", "nrw", "arw", "raf", "orf", "rw2", "pef", "srw", "gpr",
        "wav", "mp3", "m4a", "m4b", "flac", "aac", "opus", "oga", "mka", "wma", "aif", "aiff", "amr", "ac3", "caf",

        // Small copies, previews, indexes and positions that cameras, drones and discs keep beside the recordings.
        "thm", "lrv", "lrf", "glv", "moi", "cpi", "clpi", "mpl", "mpls", "bdm", "bdmv", "bdjo", "ifo", "bup", "tdt", "tid", "bim", "ppn", "smi", "ctg",
        "gpx", "kml", "fit", "gcsv", "nmea",
        "zip", "gz", "xz", "zst", "bz2", "7z", "rar", "tar", "tgz",
        "parquet", "npy", "npz", "h5", "hdf5", "pkl", "mat", "c3d", "bvh", "trc", "mot", "onnx", "pt", "pth",
        "py", "ipynb", "r", "m", "sh", "bat", "ps1", "exe", "dll", "so", "lnk", "url", "desktop",
        "md5", "sha1", "sha256", "sha512", "crc", "sfv", "par2", "torrent", "asc", "sig");

    // What lies in folders of files and has no extension.
    private static readonly HashSet<string> CompanionNames = Set("README", "LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "CHANGELOG", "Makefile", "Dockerfile");

    // What file servers and systems keep among people's files: deleted ones, old states, previews, what a disk check found.
    private static readonly HashSet<string> Housekeeping = new(
        ["@eaDir", "@Recycle", "@Recently-Snapshot", "#recycle", "#snapshot", "~snapshot", "$RECYCLE.BIN", "System Volume Information", "lost+found"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a folder of that name holds what a file server or system keeps for itself, not what people put there.</summary>
    public static bool IsHousekeeping(ReadOnlySpan<char> name) => Housekeeping.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    /// <summary>Whether a name stands for something unfinished or hidden.</summary>
    public static bool IsHidden(ReadOnlySpan<char> name) =>
        name.IsEmpty || name[0] == '.' || name[^1] == '~' || Has(Unfinished, name);

    /// <summary>Whether a file of that name is opened to see whether it is a video.</summary>
    public static bool MayBeVideo(ReadOnlySpan<char> name) =>
        !IsHidden(name) && !Has(Companions, name) && !CompanionNames.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    /// <summary>Whether a name came to us garbled: its bytes are not valid UTF-8.</summary>
    public static bool IsGarbled(ReadOnlySpan<char> name) => name.Contains('\uFFFD');

    private static bool Has(HashSet<string> set, ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> extension = Path.GetExtension(name);
        return extension.Length > 1 && set.GetAlternateLookup<ReadOnlySpan<char>>().Contains(extension[1..]);
    }

    private static HashSet<string> Set(params ReadOnlySpan<string> names) => new([.. names], StringComparer.OrdinalIgnoreCase);
}
