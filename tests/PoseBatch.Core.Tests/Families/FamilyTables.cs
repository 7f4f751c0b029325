using System.Globalization;

namespace PoseBatch.Families;

/// <summary>The tables of families in docs/models.md, from the register.</summary>
internal static class FamilyTables
{
    /// <summary>The page with its tables written anew, each between its two marks.</summary>
    public static string Rewrite(string page)
    {
        page = Between(page, "families", "| Family | Looks at | Reads |\n|---|---|---|\n", ModelFamilies.All.Select(
            family => $"| `{family.Name}` | {Kind(family)} | {family.Summary} |\n"));
        page = Between(
            page, "roles", "| Family | Role | Shape (channels, rows, columns for maps) | Numbers |\n|---|---|---|---|\n",
            ModelFamilies.All.SelectMany(family => family.Roles.Select((role, index) => Row(family, role, index))));
        return Between(
            page, "parameters", "| Family | Parameter | Default | Range | Meaning |\n|---|---|---|---|---|\n",
            ModelFamilies.All.SelectMany(family => family.Parameters.Select(parameter => Row(family, parameter))));
    }

    private static string Between(string page, string mark, string head, IEnumerable<string> rows)
    {
        string begin = $"<!-- {mark}: from the code -->\n\n", end = $"\n<!-- end of {mark} -->";
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, to = page.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"The page has no place for the table of {mark}.");
        return page[..from] + head + string.Concat(rows) + page[to..];
    }

    private static string Kind(ModelFamily family) => family switch
    {
        { IsDetector: true } => "whole frame, for people",
        { IsTopDown: true } => "crop of a person",
        _ => "whole frame",
    };

    private static string Row(ModelFamily family, OutputRole role, int index)
    {
        string[] axes = [.. role.Axes.Select(axis => axis.Words)];
        OutputRole first = family.Roles[0];
        string shape = !role.IsMap ? $"[{string.Join("; ", axes)}], plain"
            : index > 0 && first.IsMap && first.Axes.Skip(1).SequenceEqual(role.Axes.Skip(1)) ? $"{axes[0]}; same"
            : string.Join("; ", axes);
        return $"| {(index == 0 ? $"`{family.Name}`" : "")} | `{role.Name}`{(role.IsRequired ? "" : " (may be absent)")} | {shape} | {role.Meaning} |\n";
    }

    private static string Row(ModelFamily family, DecoderParameter parameter)
    {
        string standard = parameter.Default switch
        {
            null => "required",
            double number => number.ToString(CultureInfo.InvariantCulture),
            object word => $"`{word}`",
        };
        string range = parameter.Words is { } words
            ? string.Join(", ", words.Select(word => $"`{word}`"))
            : string.Create(CultureInfo.InvariantCulture, $"{parameter.Minimum} to {parameter.Maximum}{(parameter.IsWhole ? ", whole" : "")}");
        return $"| `{family.Name}` | `{parameter.Name}` | {standard} | {range} | {parameter.Meaning} |\n";
    }
}
