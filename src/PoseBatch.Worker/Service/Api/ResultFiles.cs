using System.Text.Json.Nodes;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The files of a result.</summary>
/// <param name="JobId">The job's ULID.</param>
/// <param name="Folder">Where they lie.</param>
/// <param name="Files">Plain files, by name.</param>
/// <param name="Manifest">What manifest.json holds (docs/manifest.schema.json); null when it cannot be read.</param>
internal sealed record ResultFiles(string JobId, string Folder, IReadOnlyList<ResultFile> Files, JsonObject? Manifest);

/// <summary>One file of a result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Href">Where it can be had.</param>
internal sealed record ResultFile(string Name, long Size, string Href);
