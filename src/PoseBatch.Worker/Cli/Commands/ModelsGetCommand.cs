using System.CommandLine;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch models get NAME...</c>: networks of the catalogue, fetched and installed.</summary>
internal static class ModelsGetCommand
{
    private const int HashLetters = 64;

    public static Command Create()
    {
        CommonOptions common = new();
        Argument<string[]> names = new("NAME") { Description = "Networks of the catalogue (models list --available).", Arity = ArgumentArity.OneOrMore };
        Option<bool> yes = new("--yes", "-y") { Description = "Accept size and licence without being asked." };
        Option<string?> from = new("--from") { Description = "A file or address to take instead of the catalogue's source: a mirror, or what you fetched yourself.", HelpName = "FILE|URL" };
        Option<string?> sha256 = new("--sha256") { Description = "SHA-256 of that file, where it is another than the catalogue's.", HelpName = "HASH" };
        Option<string?> catalogue = CatalogueOption();
        CommonOptions.NeverBlank(names);
        CommonOptions.NeverBlank(from);
        sha256.Validators.Add(result =>
        {
            if (result.Tokens is [var hash] && (hash.Value.Length != HashLetters || !hash.Value.All(char.IsAsciiHexDigit)))
            {
                result.AddError("--sha256 must be 64 hexadecimal digits.");
            }
        });
        Command command = new("get", "Fetch networks of the catalogue, check and try them, and install them.") { names, yes, from, sha256, catalogue, common.Config };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) is not null && result.GetValue(names) is not { Length: 1 })
            {
                result.AddError("--from brings one network: name just one.");
            }
            else if (result.GetValue(sha256) is { Length: HashLetters } && result.GetValue(from) is null)
            {
                result.AddError("--sha256 belongs to the file of --from; name it, too.");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            Settings settings = common.Load(parsed);
            IReadOnlyList<CatalogueEntry> entries = NetworkCatalogue.Read(parsed.GetValue(catalogue) ?? NetworkCatalogue.OwnFile).Find(parsed.GetValue(names)!);
            FetchChoice choice = new(parsed.GetValue(from), parsed.GetValue(sha256)?.ToLowerInvariant());
            return RunAsync(settings, entries, choice, parsed.GetValue(yes), cancellation);
        });
        return command;
    }

    /// <summary>For verbs that read a catalogue.</summary>
    public static Option<string?> CatalogueOption()
    {
        Option<string?> catalogue = new("--catalogue") { Description = "Another catalogue than the one that comes with the program.", HelpName = "FILE" };
        CommonOptions.NeverBlank(catalogue);
        return catalogue;
    }

    private static async Task<int> RunAsync(
        Settings settings, IReadOnlyList<CatalogueEntry> entries, FetchChoice choice, bool isAccepted, CancellationToken cancellation)
    {
        ModelInstaller installer = new(settings, System.Console.Error.WriteLine);
        CatalogueEntry[] missing = [.. entries.Where(entry => !installer.Has(entry))];
        foreach (CatalogueEntry entry in entries.Except(missing))
        {
            System.Console.Error.WriteLine($"{entry.Name} is installed already; remove {Path.Combine(ModelFolders.Root(settings), entry.Name)} to get it again.");
        }

        if (missing.Length == 0)
        {
            return ExitCode.Done;
        }

        foreach (CatalogueEntry entry in missing)
        {
            System.Console.Error.WriteLine(Plan(entry, choice));
        }

        if (!isAccepted && !Accepts())
        {
            System.Console.Error.WriteLine("Not accepted; nothing was fetched. Answer y, or give --yes where nobody can be asked.");
            return ExitCode.Usage;
        }

        await installer.InstallAsync(missing, choice, cancellation);
        return ExitCode.Done;
    }

    private static bool Accepts()
    {
        System.Console.Error.Write("Fetch and accept the licences? [y/N] ");
        return System.Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    private static string Plan(CatalogueEntry entry, FetchChoice choice)
    {
        string size = choice.From is null ? $", to fetch: {entry.Source.SizeText}" : string.Empty;
        string note = entry.LicenceNote is { } more ? $" ({more})" : string.Empty;
        string state = entry.Measured is null ? " Described, not yet run by us." : string.Empty;
        return $"{entry.Name}: {entry.Use}; licence {entry.Licence}{note}{size}, from {choice.From ?? entry.Source.Address}.{state}";
    }
}
