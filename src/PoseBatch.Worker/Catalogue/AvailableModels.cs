using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary><c>posebatch models list --available</c>: what the catalogue has.</summary>
internal static class AvailableModels
{
    /// <summary>Prints it for people, or as one JSON array.</summary>
    public static int Print(NetworkCatalogue catalogue, bool isJson)
    {
        if (isJson)
        {
            System.Console.Out.WriteLine(AsJson(catalogue));
            return ExitCode.Done;
        }

        foreach (CatalogueEntry entry in catalogue.Models)
        {
            System.Console.Out.WriteLine($"{entry.Name,-24} {entry.Persons,-12} {entry.Joints,4} joints  {entry.Source.SizeText,15}  {entry.Licence}  {entry.Use}");
            System.Console.Out.WriteLine($"{string.Empty,-24} {entry.Measured ?? "described, not yet run by us"}{(entry.Published is { } published ? $"; published: {published}" : string.Empty)}");
        }

        foreach ((string name, IReadOnlyList<string> members) in catalogue.Sets)
        {
            System.Console.Out.WriteLine($"{name,-24} {string.Join(" + ", members)}");
        }

        System.Console.Out.WriteLine("To install: posebatch models get NAME");
        return ExitCode.Done;
    }

    private static string AsJson(NetworkCatalogue catalogue) => JsonLine.Of(writer =>
    {
        writer.WriteStartArray();
        foreach (CatalogueEntry entry in catalogue.Models)
        {
            writer.WriteStartObject();
            writer.WriteString("name", entry.Name);
            writer.WriteString("use", entry.Use);
            writer.WriteString("persons", entry.Persons);
            writer.WriteNumber("joints", entry.Joints);
            writer.WriteString("licence", entry.Licence);
            writer.WriteString("origin", entry.Origin);
            writer.WriteString("address", entry.Source.Address);
            if (entry.Source.Bytes is { } bytes)
            {
                writer.WriteNumber("bytes", bytes);
            }
            else
            {
                writer.WriteNull("bytes");
            }

            writer.WriteString("published", entry.Published);
            writer.WriteString("measured", entry.Measured);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
