namespace PoseBatch.Worker.Catalogue;

/// <summary>How a graph of another format becomes the network that an entry describes.</summary>
internal sealed record ConversionRecipe
{
    /// <summary>The file with the graph, as it is called among the files of the source.</summary>
    public required string Graph { get; init; }

    /// <summary>The tensor the picture is put in for; null for the graph's own input.</summary>
    public string? Input { get; init; }

    /// <summary>For each output of the network the tensor of the graph.</summary>
    public required IReadOnlyDictionary<string, string> Outputs { get; init; }
}
