namespace PoseBatch.Conversion.Source;

/// <summary>
/// A network as its file has it, whatever the file's format: operations in the words of TensorFlow, pictures as rows, columns,
/// channels (NHWC), weights as rows, columns, inputs, outputs.
/// </summary>
/// <param name="Name">What to call it in messages, usually its file.</param>
/// <param name="Nodes">Operations by name.</param>
/// <param name="Constants">Weights and other constants by name.</param>
/// <param name="Inputs">Placeholders by name, with the declared shape; -1 is a free dimension, null an unknown shape.</param>
public sealed record SourceGraph(
    string Name,
    IReadOnlyDictionary<string, SourceNode> Nodes,
    IReadOnlyDictionary<string, SourceTensor> Constants,
    IReadOnlyDictionary<string, IReadOnlyList<int>?> Inputs)
{
    /// <summary>Whether something in the graph has this name.</summary>
    public bool Has(string tensor) => Nodes.ContainsKey(tensor) || Constants.ContainsKey(tensor) || Inputs.ContainsKey(tensor);

    /// <summary>Names that no operation reads: what the file gives as results, in alphabetical order.</summary>
    public IReadOnlyList<string> Ends()
    {
        HashSet<string> read = [.. Nodes.Values.SelectMany(node => node.Inputs)];
        return [.. Nodes.Keys.Where(name => !read.Contains(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Convolutions that no other convolution comes after, in alphabetical order: where the maps of the heads usually end.</summary>
    public IReadOnlyList<string> LastConvolutions()
    {
        SourceNode[] all = [.. Nodes.Values.Where(node => node.Operator.Contains("Conv2", StringComparison.Ordinal))];
        HashSet<string> before = new(StringComparer.Ordinal);
        Stack<string> open = new(all.SelectMany(node => node.Inputs));
        while (open.TryPop(out string? name))
        {
            if (before.Add(name) && Nodes.TryGetValue(name, out SourceNode? node))
            {
                foreach (string input in node.Inputs)
                {
                    open.Push(input);
                }
            }
        }

        return [.. all.Select(node => node.Name).Where(name => !before.Contains(name)).Order(StringComparer.Ordinal)];
    }
}
