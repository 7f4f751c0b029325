using System.Globalization;
using PoseBatch.Jobs;
using PoseBatch.Worker.Cli.Commands;

namespace PoseBatch.Documents;

/// <summary>The table of docs/cli.md that names the options of a job is made from the table of its fields.</summary>
public sealed class JobOptionsPageTests
{
    private static readonly string[] OfProcess = [.. ProcessCommand.Create().Options.Select(option => option.Name)];

    [Fact]
    public void The_table_is_that_of_the_fields() => Generated.Check("docs/cli.md", page => Generated.WithTable(
        page, "Options of a job", "| Option | Field of a job | Default | Meaning |\n| --- | --- | --- | --- |", JobFields.All.Where(field => field.Option is not null).Select(Row)));

    private static string Row(JobField field)
    {
        string argument = field.SwitchedOn is null ? $" {(field.ValueName ?? field.Kind.ValueName).Replace("|", "\\|", StringComparison.Ordinal)}" : "";
        string value = field.Default switch
        {
            null => " ",
            bool flag => $" `{(flag ? "true" : "false")}` ",
            object constant => string.Create(CultureInfo.InvariantCulture, $" `{constant}` "),
        };
        string queueOnly = OfProcess.Contains(field.Option) ? "" : " (`submit` only)";
        return $"| `{field.Option}{argument}` | `{field.Name}` |{value}| {field.Sentence.TrimEnd('.')}{queueOnly} |";
    }
}
