using System.CommandLine;
using System.Globalization;
using PoseBatch.Conversion;
using PoseBatch.Conversion.Source;
using PoseBatch.Onnx.Packages;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch models convert GRAPH</c>: a graph model of TensorFlow.js or a TF-Lite file to an ONNX network.</summary>
internal static class ModelsConvertCommand
{
    public static Command Create()
    {
        Argument<string> graph = new("GRAPH") { Description = "A TF-Lite file (.tflite), or a graph model of TensorFlow.js: the JSON file, its weights beside it." };
        Option<string> folder = new("--out", "-o") { Description = "Folder that receives model.onnx and, for a graph the catalogue knows, model.json.", HelpName = "DIR", Required = true };
        Option<string?> like = new("--as") { Description = "The entry of the catalogue whose heads are taken. Default: the one whose tensors and size the graph has.", HelpName = "NAME" };
        Option<string[]> outputs = new("--output") { Description = "A tensor that becomes an output, and its name; for graphs the catalogue does not know. May be repeated.", HelpName = "NAME=TENSOR" };
        Option<string?> input = new("--input") { Description = "The tensor the picture is put in for. Default: the graph's own input.", HelpName = "TENSOR" };
        Option<string?> size = new("--size") { Description = "Size of the input, pixels. Default: what the graph declares.", HelpName = "WxH" };
        Option<string?> catalogue = ModelsGetCommand.CatalogueOption();
        CommonOptions.NeverBlank(graph);
        CommonOptions.NeverBlank(folder);
        outputs.Validators.Add(result =>
        {
            if (!result.Tokens.All(token => token.Value.Split('=', 2) is [{ Length: > 0 }, { Length: > 0 }]))
            {
                result.AddError("--output must be NAME=TENSOR.");
            }
        });
        size.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && SizeOf(token.Value) is null)
            {
                result.AddError($"--size must be WIDTHxHEIGHT, like 256x192, not '{token.Value}'.");
            }
        });
        Command command = new("convert", "Convert a graph model of TensorFlow.js or a TF-Lite file to ONNX.") { graph, folder, like, outputs, input, size, catalogue };
        command.Validators.Add(result =>
        {
            bool isFree = result.GetValue(outputs) is { Length: > 0 };
            if (!isFree && (result.GetValue(input) is not null || result.GetValue(size) is not null))
            {
                result.AddError("--input and --size go with --output; a graph the catalogue knows has its own.");
            }
            else if (isFree && result.GetValue(like) is not null)
            {
                result.AddError("Either --as or --output says which heads are taken.");
            }
        });
        command.SetAction(parsed =>
        {
            SourceGraph source = GraphFile.Read(parsed.GetValue(graph)!);
            string target = Path.GetFullPath(parsed.GetValue(folder)!);
            if (parsed.GetValue(outputs) is { Length: > 0 } heads)
            {
                (int Width, int Height)? given = parsed.GetValue(size) is { } text ? SizeOf(text) : null;
                ConversionPlan plan = new()
                {
                    Input = parsed.GetValue(input),
                    Width = given?.Width,
                    Height = given?.Height,
                    Outputs = [.. heads.Select(head => head.Split('=', 2)).Select(head => (head[1], head[0]))],
                };
                return Finish(GraphConverter.Convert(source, plan), target, null);
            }

            NetworkCatalogue known = NetworkCatalogue.Read(parsed.GetValue(catalogue) ?? NetworkCatalogue.OwnFile);
            CatalogueEntry entry = (parsed.GetValue(like) is { } name ? known.Find(name) : GraphFile.EntryFor(source, known)) ?? throw Unknown(source, known);
            return entry.Conversion is null
                ? throw new PoseBatchException(ReasonCode.ModelMismatch, $"'{entry.Name}' is published as ONNX; there is nothing to convert.", $"posebatch models get {entry.Name}")
                : Finish(GraphFile.Convert(source, entry), target, entry);
        });
        return command;
    }

    private static int Finish(ConvertedNetwork network, string folder, CatalogueEntry? entry)
    {
        string path = Path.Combine(folder, ModelCatalog.ModelFile);
        if (File.Exists(path))
        {
            throw new PoseBatchException(ReasonCode.OutputConflict, $"{path} exists already.", "Remove it, or name another folder with --out.");
        }

        try
        {
            Directory.CreateDirectory(folder);
            string part = path + ".part";
            File.WriteAllBytes(part, network.Onnx);
            File.Move(part, path);
            if (entry is not null)
            {
                NetworkFiles.Describe(folder, entry);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw FetchFault.Unwritable(folder, fault);
        }

        System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path} ({network.Onnx.Length:N0} bytes)"));
        System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"input    {ConversionPlan.InputName}: float32 [batch,3,{network.Height},{network.Width}]"));
        foreach ((string name, int channels, int rows, int columns) in network.Outputs)
        {
            System.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"output   {name}: float32 [batch,{channels},{rows},{columns}]"));
        }

        System.Console.Out.WriteLine(entry is null
            ? "Write a model.json beside it (docs/models.md), then: posebatch models add " + folder
            : $"It is {entry.Name}, licence {entry.Licence}; its model.json lies beside it. To install: posebatch models add {folder}");
        return ExitCode.Done;
    }

    private static PoseBatchException Unknown(SourceGraph graph, NetworkCatalogue catalogue) => new(
        ReasonCode.ModelMismatch,
        $"{graph.Name} is none of the graphs the catalogue knows ({string.Join(", ", catalogue.Models.Where(entry => entry.Conversion is not null).Select(entry => entry.Name))}).",
        $"Name its heads with --output NAME=TENSOR; its results are {string.Join(", ", graph.Ends().Take(12))}. Heads usually lie before a decoder that ends there; the last convolutions are "
        + $"{string.Join(", ", graph.LastConvolutions().Take(12).Select(name => $"'{name}'"))}.");

    private static (int Width, int Height)? SizeOf(string text) => text.Split('x') is [var width, var height]
        && int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out int w) && w > 0
        && int.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out int h) && h > 0
            ? (w, h)
            : null;
}
