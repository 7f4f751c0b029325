using System.Globalization;
using PoseBatch.Conversion;
using PoseBatch.Onnx.Packages;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// Makes packages of what the catalogue knows: fetched, checked, converted where it has to be, tried, and installed as a whole or not
/// at all.
/// </summary>
/// <param name="settings">Model folder and decoder.</param>
/// <param name="say">Told what is going on, in lines.</param>
internal sealed class ModelInstaller(Settings settings, Action<string> say)
{
    // An answer must begin within it; how long the rest takes is the line's business.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string Root => ModelFolders.Root(settings);

    /// <summary>Whether a package of that name is installed already.</summary>
    public bool Has(CatalogueEntry entry) => Directory.Exists(Path.Combine(Root, entry.Name));

    /// <summary>Installs entries, one after the other; those before one that fails stay.</summary>
    /// <exception cref="PoseBatchException">One could not be installed; nothing of it is left.</exception>
    public async Task InstallAsync(IReadOnlyList<CatalogueEntry> entries, FetchChoice choice, CancellationToken cancellation)
    {
        string downloads = Made(Path.Combine(Root, ".downloads"));
        try
        {
            using HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = Patience }) { Timeout = Patience };
            using ModelFetch fetch = new(downloads, http, choice, say);
            foreach (CatalogueEntry entry in entries)
            {
                ModelPackage installed = await InstallAsync(entry, fetch, downloads, cancellation);
                say($"{entry.Name}: {installed.Folder}");
            }
        }
        finally
        {
            // What is left there are parts of files that a further call goes on with.
            if (!Directory.EnumerateFileSystemEntries(downloads).Any())
            {
                Directory.Delete(downloads);
            }
        }
    }

    private async Task<ModelPackage> InstallAsync(CatalogueEntry entry, ModelFetch fetch, string downloads, CancellationToken cancellation)
    {
        string work = Made(Path.Combine(downloads, string.Create(CultureInfo.InvariantCulture, $"{entry.Name}-{Guid.NewGuid():N}")));
        try
        {
            return await BuildAsync(entry, fetch, work, cancellation);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private async Task<ModelPackage> BuildAsync(CatalogueEntry entry, ModelFetch fetch, string work, CancellationToken cancellation)
    {
        string brought = await fetch.BringAsync(entry, work, cancellation);
        string folder = Made(Path.Combine(work, "package"));
        string network = Path.Combine(folder, ModelCatalog.ModelFile);
        try
        {
            if (entry.Conversion is null)
            {
                File.Copy(brought, network);
            }
            else
            {
                ConvertedNetwork converted = GraphFile.Convert(GraphFile.Read(brought), entry);
                await File.WriteAllBytesAsync(network, converted.Onnx, cancellation);
            }

            NetworkFiles.Describe(folder, entry);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw FetchFault.Unwritable(folder, fault);
        }

        ModelPackage package = new ModelCatalog([], []).Resolve(folder);
        ModelInspector.EnsureFits(package);
        say($"{entry.Name} {await ModelTrial.RunAsync(package, settings, cancellation)}");
        return ModelFolders.Store(settings).Add(folder, Root, entry.Name);
    }

    private static string Made(string folder)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw FetchFault.Unwritable(folder, fault);
        }
    }
}
