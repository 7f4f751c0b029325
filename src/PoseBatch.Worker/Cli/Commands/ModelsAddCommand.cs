using System.CommandLine;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch models add MODEL</c>: copies a network into the models folder; describes it where nobody has.</summary>
internal static class ModelsAddCommand
{
    public static Command Create()
    {
        CommonOptions common = new();
        Argument<string> model = new("MODEL") { Description = "A folder or a .onnx file. Its model.json lies beside it, or is worked out from its tensors where they are of a known kind." };
        Option<string?> name = new("--name") { Description = "Name of the package. Default: the description's.", HelpName = "NAME" };
        Option<string?> like = new("--like") { Description = "Describe it like this network (a name that 'models list --available' shows, or a kind that a refusal names).", HelpName = "NAME" };
        Option<string[]> set = new("--set") { Description = "A field of model.json and its value, as licence=MIT or input.colour_order=bgr; may be given several times.", HelpName = "FIELD=VALUE" };
        CommonOptions.NeverBlank(model);
        CommonOptions.NeverBlank(like);
        set.Validators.Add(result =>
        {
            foreach (string wrong in result.Tokens.Select(token => token.Value).Where(value => value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"--set: '{wrong}' is not FIELD=VALUE.");
            }
        });
        Command command = new("add", "Copy a package into the models folder, checked first.") { model, name, like, set, common.Config };
        command.SetAction(async (parsed, cancellation) =>
        {
            Settings settings = common.Load(parsed);
            ModelCatalog catalog = ModelFolders.Catalog(settings);
            string path = catalog.Locate(parsed.GetValue(model)!), sha256 = ModelInspector.HashOf(path);
            IReadOnlyList<KeyValuePair<string, string>> changes = Pairs(parsed.GetValue(set) ?? []);
            ModelPackage package = parsed.GetValue(like) is null && catalog.DescriptionOf(path, sha256) is not null
                ? Changed(catalog.Resolve(path), changes)
                : await DescribeAsync(path, sha256, parsed.GetValue(like), changes, settings, cancellation);
            ModelPackage added = ModelStore.Add(package, ModelFolders.Root(settings), parsed.GetValue(name));
            System.Console.Out.WriteLine($"{Path.GetFileName(added.Folder)}: {added.Folder}");
            return ExitCode.Done;
        });
        return command;
    }

    private static ModelPackage Changed(ModelPackage package, IReadOnlyList<KeyValuePair<string, string>> changes) =>
        changes.Count == 0 ? package : package with { Description = LikelyDescription.Changed(package.Description, changes) };

    private static async Task<ModelPackage> DescribeAsync(
        string path, string sha256, string? like, IReadOnlyList<KeyValuePair<string, string>> settings, Settings program, CancellationToken cancellation)
    {
        IReadOnlyList<NetworkShape> shapes = NetworkCatalogue.Read(NetworkCatalogue.OwnFile).AllShapes;
        (ModelTensors tensors, IReadOnlyDictionary<string, string> metadata) = ModelInspector.DeclarationsOf(path);
        ExportFacts? said = ExportFacts.Of(Path.GetFileNameWithoutExtension(path), metadata, tensors, settings.Select(setting => setting.Key));
        LikelyDescription likely = LikelyDescription.Of(new(path, sha256, tensors, said), shapes, like, settings);
        System.Console.Out.WriteLine($"Described like {likely.Like.Name}: {likely.Like.Use}.");
        if (said is not null)
        {
            Print($"Read from the file, as {said.Exporter} wrote it:", [.. likely.Read, .. said.Notes]);
        }

        Print("Taken for granted (change with --set FIELD=VALUE):", likely.Assumptions);
        ModelPackage package = new() { ModelPath = path, DescriptionPath = path, Sha256 = sha256, Description = likely.Description };
        System.Console.Out.WriteLine($"Tried: {await ModelTrial.RunAsync(package, program, cancellation)}");
        return package;
    }

    private static void Print(string heading, IReadOnlyList<string> lines)
    {
        System.Console.Out.WriteLine(heading);
        foreach (string line in lines)
        {
            System.Console.Out.WriteLine($"  {line}");
        }
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Pairs(string[] given) =>
        [.. given.Select(pair => KeyValuePair.Create(pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]))];
}
