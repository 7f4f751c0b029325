using System.Formats.Tar;
using System.IO.Compression;

namespace PoseBatch.Worker.Catalogue;

/// <summary>Takes single files out of a zip, or a tar packed with gzip, and nothing else.</summary>
internal static class ArchiveExtraction
{
    // Larger than any network that fits one ONNX file; an archive that unpacks to more is not what it says.
    private const long MostBytes = 2L << 30;

    /// <summary>Whether a file is an archive, by its first bytes.</summary>
    public static bool IsArchive(string path)
    {
        Span<byte> head = stackalloc byte[4];
        using FileStream file = File.OpenRead(path);
        int count = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return count == head.Length && (IsZip(head) || IsGzip(head));
    }

    /// <summary>Takes the files out, each under the last part of its path.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="files">Which ones.</param>
    /// <param name="folder">Receives them.</param>
    /// <param name="checks">Whether their hashes must be those that are stated.</param>
    /// <exception cref="PoseBatchException">model_mismatch: it is damaged, lacks one, or one has another hash.</exception>
    public static void Extract(string archive, IReadOnlyList<SourceFile> files, string folder, bool checks)
    {
        try
        {
            Span<byte> head = stackalloc byte[4];
            using FileStream file = File.OpenRead(archive);
            file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            file.Position = 0;
            if (IsZip(head))
            {
                FromZip(file, archive, files, folder);
            }
            else
            {
                FromTar(file, archive, files, folder);
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            throw new PoseBatchException(ReasonCode.ModelMismatch, $"{archive} is damaged or cut off: {fault.Message} Nothing was installed.", "Fetch it again.", fault);
        }

        foreach (SourceFile one in checks ? files : [])
        {
            string actual = Onnx.Packages.ModelInspector.HashOf(PathOf(one, folder));
            if (actual != one.Sha256)
            {
                throw FetchFault.WrongHash($"{one.Path} in {archive}", one.Sha256, actual);
            }
        }
    }

    /// <summary>Where a file lies after it was taken out.</summary>
    public static string PathOf(SourceFile file, string folder) => Path.Combine(folder, Path.GetFileName(file.Path));

    private static bool IsZip(ReadOnlySpan<byte> head) => head.SequenceEqual("PK\u0003\u0004"u8);

    private static bool IsGzip(ReadOnlySpan<byte> head) => head[0] == 0x1F && head[1] == 0x8B;

    private static void FromZip(FileStream file, string archive, IReadOnlyList<SourceFile> files, string folder)
    {
        using ZipArchive zip = new(file, ZipArchiveMode.Read);
        foreach (SourceFile wanted in files)
        {
            ZipArchiveEntry[] found = [.. zip.Entries.Where(entry => IsMeant(entry.FullName, wanted))];
            if (found.Length != 1)
            {
                throw Missing(archive, wanted, found.Length);
            }

            using Stream content = found[0].Open();
            Copy(content, PathOf(wanted, folder), archive);
        }
    }

    private static void FromTar(FileStream file, string archive, IReadOnlyList<SourceFile> files, string folder)
    {
        using GZipStream unpacked = new(file, CompressionMode.Decompress);
        using TarReader tar = new(unpacked);
        Dictionary<SourceFile, int> found = files.ToDictionary(one => one, _ => 0);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } content && files.FirstOrDefault(one => IsMeant(entry.Name, one)) is { } wanted)
            {
                found[wanted]++;
                Copy(content, PathOf(wanted, folder), archive);
            }
        }

        foreach ((SourceFile wanted, int count) in found.Where(one => one.Value != 1))
        {
            throw Missing(archive, wanted, count);
        }
    }

    private static bool IsMeant(string entry, SourceFile wanted) => entry == wanted.Path || entry.EndsWith("/" + wanted.Path, StringComparison.Ordinal);

    private static PoseBatchException Missing(string archive, SourceFile wanted, int count) => new(
        ReasonCode.ModelMismatch,
        count == 0 ? $"{archive} holds no {wanted.Path}." : $"{archive} holds {count} files that end in {wanted.Path}.",
        "Give the archive the catalogue names ('posebatch models list --available').");

    private static void Copy(Stream content, string path, string archive)
    {
        using FileStream target = Create(path);
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int count; (count = content.Read(buffer)) > 0;)
        {
            total += count;
            if (total > MostBytes)
            {
                throw new InvalidDataException($"a file in {archive} unpacks to more than 2 GiB");
            }

            try
            {
                target.Write(buffer, 0, count);
            }
            catch (IOException fault)
            {
                throw FetchFault.Unwritable(path, fault);
            }
        }
    }

    private static FileStream Create(string path)
    {
        try
        {
            // Unbuffered: what does not fit is known where it is written, not when the file is closed.
            return new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw FetchFault.Unwritable(path, fault);
        }
    }
}
