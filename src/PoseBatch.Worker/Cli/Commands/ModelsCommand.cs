using System.CommandLine;
using System.Globalization;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch models list|inspect|add|get|convert</c>: model packages.</summary>
internal static class ModelsCommand
{
    public static Command Create() => new("models", "List, inspect, add, fetch and convert model packages.")
    {
        List(), Inspect(), ModelsAddCommand.Create(), ModelsGetCommand.Create(), ModelsConvertCommand.Create(),
    };

    private static Command List()
    {
        CommonOptions common = new();
        Option<bool> json = new("--json") { Description = "One JSON array on standard output." };
        Option<bool> available = new("--available") { Description = "What 'models get' can fetch, instead of what is installed." };
        Option<string?> catalogue = ModelsGetCommand.CatalogueOption();
        Command command = new("list", "List the packages that can be named with --model.") { json, available, catalogue, common.Config };
        command.SetAction(parsed =>
        {
            IReadOnlyList<ListedModel> models = ModelFolders.Store(common.Load(parsed)).List();
            if (parsed.GetValue(json))
            {
                System.Console.Out.WriteLine(JsonLine.Of(writer =>
                {
                    writer.WriteStartArray();
                    foreach (ListedModel model in models)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("name", model.Name);
                        writer.WriteString("folder", model.Folder);
                        writer.WriteString("family", model.Package?.Description.Family);
                        writer.WriteString("licence", model.Package?.Description.Licence);
                        writer.WriteString("sha256", model.Package?.Sha256);
                        writer.WriteString("problem", model.Problem);
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                }));
                return ExitCode.Done;
            }

            if (models.Count == 0)
            {
                System.Console.Out.WriteLine("No packages yet: posebatch models get NAME (models list --available), or posebatch models add FOLDER");
            }

            foreach (ListedModel model in models)
            {
                System.Console.Out.WriteLine(model.Package is { } package
                    ? $"{model.Name,-28} {package.Description.Family,-18} {SizeText(package.Description.Input.Size),-9} {package.Description.Skeleton.Name,-10} {package.Description.Licence}  {model.Folder}"
                    : $"{model.Name,-28} broken: {model.Problem}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Inspect()
    {
        CommonOptions common = new();
        Argument<string> model = new("MODEL") { Description = "A folder, a .onnx file or a name." };
        CommonOptions.NeverBlank(model);
        Command command = new("inspect", "Print a network's tensors and its description, and check that they fit.") { model, common.Config };
        command.SetAction(parsed =>
        {
            ModelInspection seen = ModelFolders.Store(common.Load(parsed)).Inspect(parsed.GetValue(model)!);
            TextWriter output = System.Console.Out;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"file     {seen.ModelPath} ({seen.Bytes:N0} bytes)"));
            output.WriteLine($"sha256   {seen.Sha256}");
            foreach (TensorDeclaration tensor in seen.Tensors.Inputs)
            {
                output.WriteLine($"input    {tensor}");
            }

            foreach (TensorDeclaration tensor in seen.Tensors.Outputs)
            {
                output.WriteLine($"output   {tensor}");
            }

            if (seen.Package is { } package)
            {
                ModelDescription described = package.Description;
                output.WriteLine($"name     {described.Name}");
                output.WriteLine($"family   {described.Family}");
                output.WriteLine($"input    {SizeText(described.Input.Size)} {described.Input.Layout.ToString().ToUpperInvariant()} {described.Input.ColourOrder.ToString().ToLowerInvariant()}, {described.Input.Resize.ToString().ToLowerInvariant()}");
                output.WriteLine($"roles    {string.Join(", ", described.Outputs.Select(role => $"{role.Role} = {role.Name}"))}");
                output.WriteLine($"skeleton {described.Skeleton.Name}: {string.Join(", ", described.Skeleton.Keypoints)}");
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"minima   person score {described.MinPersonScore}, keypoint confidence {described.MinKeypointConfidence}"));
                output.WriteLine($"licence  {described.Licence}");
                output.WriteLine($"origin   {described.Origin}");
                output.WriteLine($"from     {package.DescriptionPath}");
            }

            foreach (string problem in seen.Problems)
            {
                output.WriteLine($"PROBLEM  {problem}");
            }

            output.WriteLine(seen.Problems.Count == 0 ? "The description fits the file." : "The package cannot be used as it is.");
            return seen.Problems.Count == 0 ? ExitCode.Done : ExitCode.SomeFailed;
        });
        return command;
    }

    private static string SizeText(Geometry.PixelSize size) => size.ToString();
}
