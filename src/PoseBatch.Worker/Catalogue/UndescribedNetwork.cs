using PoseBatch.Models;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A network that came without a description.</summary>
/// <param name="File">Its path, for messages.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="Tensors">What it declares.</param>
/// <param name="Said">What its exporter wrote into the file; null for nothing that is known here.</param>
internal sealed record UndescribedNetwork(string File, string Sha256, ModelTensors Tensors, ExportFacts? Said = null)
{
    /// <summary>What it is called where nobody gives it a name.</summary>
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>What of its metadata could not be read, for the end of a message.</summary>
    public string Remarks => Said is { Notes: { Count: > 0 } notes } ? " Of its metadata: " + string.Join(" ", notes) : string.Empty;
}
