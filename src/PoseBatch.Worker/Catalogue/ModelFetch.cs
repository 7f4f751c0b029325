using System.Security.Cryptography;
using System.Text;
using PoseBatch.Onnx.Packages;

namespace PoseBatch.Worker.Catalogue;

/// <summary>What the user says about where a network comes from and what it is.</summary>
/// <param name="From">A file, or an address; null for the catalogue's source.</param>
/// <param name="Sha256">Of that file, lower-case hexadecimal; null for the catalogue's.</param>
internal sealed record FetchChoice(string? From, string? Sha256);

/// <summary>
/// Brings the files of entries to this machine, checked: archives and networks are fetched once in a call, however many entries lie in
/// them. Half a file stays for the next call, a whole one goes with this.
/// </summary>
/// <param name="folder">Holds what is fetched.</param>
/// <param name="http">For addresses.</param>
/// <param name="choice">What the user says.</param>
/// <param name="say">Told what is going on, in lines.</param>
internal sealed class ModelFetch(string folder, HttpClient http, FetchChoice choice, Action<string> say) : IDisposable
{
    private readonly Dictionary<string, string> _fetched = new(StringComparer.Ordinal);
    private readonly List<string> _own = [];

    /// <summary>Puts the files of an entry into a folder: those of its archive, or the network as <c>model.onnx</c>.</summary>
    /// <returns>Path of the graph to be converted, or of the network.</returns>
    /// <exception cref="PoseBatchException">Out of reach, other bytes than expected, or no room.</exception>
    public async Task<string> BringAsync(CatalogueEntry entry, string into, CancellationToken cancellation)
    {
        string fetched = await FetchAsync(entry, cancellation);
        ModelSource source = entry.Source;
        if (ArchiveExtraction.IsArchive(fetched))
        {
            ArchiveExtraction.Extract(fetched, source.Files, into, checks: choice.Sha256 is null);
            string wanted = entry.Conversion?.Graph ?? source.Files.Single().Path;
            return ArchiveExtraction.PathOf(source.Files.Single(file => file.Path == wanted), into);
        }

        if (entry.Conversion is { } recipe)
        {
            // The graph itself, as the user has it; what else belongs to it lies beside it.
            foreach (SourceFile file in source.Files)
            {
                string path = file.Path == recipe.Graph ? fetched : ArchiveExtraction.PathOf(file, Path.GetDirectoryName(Path.GetFullPath(fetched))!);
                if (file.Path == recipe.Graph || choice.Sha256 is null)
                {
                    Check(path, file.Sha256, file.Bytes);
                }
            }

            return fetched;
        }

        Check(fetched, source.Files is [var only] ? only.Sha256 : source.Sha256, source.Files is [var one] ? one.Bytes : source.Bytes);
        return fetched;
    }

    /// <summary>Removes what was fetched as a whole.</summary>
    public void Dispose()
    {
        foreach (string path in _own)
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            File.Delete(path);
        }
    }

    private async Task<string> FetchAsync(CatalogueEntry entry, CancellationToken cancellation)
    {
        string address = choice.From ?? entry.Source.Address;
        if (_fetched.TryGetValue(address, out string? before))
        {
            return before;
        }

        string path = await (choice.From is null && entry.Source is NpmSource npm ? FromNpmAsync(npm, cancellation)
            : Address(address) is { } url ? FromAddressAsync(url, cancellation)
            : Task.FromResult(OwnFile(address)));
        if (ArchiveExtraction.IsArchive(path))
        {
            Check(path, entry.Source.Sha256, entry.Source.Bytes);
        }

        _fetched.Add(address, path);
        return path;
    }

    private static Uri? Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "https" or "http" ? url : null;

    private static string OwnFile(string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new PoseBatchException(
            ReasonCode.ModelMissing,
            Directory.Exists(path) ? $"{path} is a folder." : $"{path} does not exist.",
            "--from takes a file of this machine, or an address that begins with https://.");

    private async Task<string> FromNpmAsync(NpmSource source, CancellationToken cancellation)
    {
        string place = Path.Combine(folder, $"npm-{Guid.NewGuid():N}");
        _own.Add(place);
        Directory.CreateDirectory(place);
        say($"npm is asked for {source.Address} ...");
        return await new NpmDownload(say).FetchAsync(source, place, cancellation);
    }

    private async Task<string> FromAddressAsync(Uri url, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.ToString())))[..16] + ".part");
        say($"fetching {url} ...");
        await new HttpDownload(http, say).FetchAsync(url, path, cancellation);
        _own.Add(path);
        return path;
    }

    // The user's hash goes over the catalogue's, which may be none.
    private void Check(string path, string? known, long? bytes)
    {
        if (choice.Sha256 is { } given)
        {
            if (ModelInspector.HashOf(path) is var hash && hash != given)
            {
                throw FetchFault.WrongGivenHash(path, given, hash);
            }
        }
        else if (known is not null && ModelInspector.HashOf(path) is var actual && actual != known)
        {
            throw bytes > new FileInfo(path).Length ? FetchFault.CutOff(path, new FileInfo(path).Length, bytes.Value) : FetchFault.WrongHash(path, known, actual);
        }
    }
}
