using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Configuration;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Documents;

/// <summary>The tables of docs/configuration.md are made from the settings: name, default, range, and what their summary says.</summary>
public sealed class SettingsPageTests
{
    private static readonly IConfiguration Shipped = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();

    private static readonly Dictionary<string, XElement> Summaries = XDocument.Load(Path.ChangeExtension(typeof(Settings).Assembly.Location, ".xml"))
        .Descendants("member").Where(member => member.Element("summary") is not null).ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary")!);

    [Fact]
    public void The_tables_are_those_of_the_settings() => Generated.Check("docs/configuration.md", page => typeof(Settings).GetProperties().Aggregate(page, WithTable));

    [Fact]
    public void A_default_of_a_job_is_the_same_in_its_table_and_in_the_settings()
    {
        Settings settings = new();

        Assert.All(
            from section in typeof(Settings).GetProperties()
            from key in section.PropertyType.GetProperties()
            let of = key.GetCustomAttribute<DefaultOfAttribute>()
            where of is { Field.Default: not null }
            select (of.Field, Value: DefaultOfAttribute.ValueOf(key.GetValue(section.GetValue(settings)))),
            row => Assert.Equal(row.Field.Default, row.Value));
    }

    private static string WithTable(string page, PropertyInfo section) => Generated.WithTable(
        page, section.Name, "| Key | Default | Range | Meaning |\n| --- | --- | --- | --- |",
        section.PropertyType.GetProperties().Select(key => $"| `{key.Name}` | {Default(section, key)} |{Range(key)} | {Meaning(key)} |"));

    private static string Default(PropertyInfo section, PropertyInfo key)
    {
        IConfigurationSection value = Shipped.GetSection($"{section.Name}:{key.Name}");
        string? text = value["0"] ?? value.Value;
        return string.IsNullOrEmpty(text) ? "null" : $"`{(key.PropertyType == typeof(bool) ? text.ToLowerInvariant() : text)}`";
    }

    private static string Range(PropertyInfo key)
    {
        string text = key.GetCustomAttribute<RangeAttribute>() is { } range ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
            : key.GetCustomAttribute<RegularExpressionAttribute>() is { ErrorMessage: { } words } ? words["must be ".Length..]
            : key.GetCustomAttribute<DefaultOfAttribute>() is { Field.Kind: not (TextKind or FlagKind) } of ? of.Field.Kind.Range
            : "";
        return text.Length > 0 ? " " + text : "";
    }

    private static string Meaning(PropertyInfo key) => Regex.Replace(string.Concat(Summaries[$"P:{key.DeclaringType!.FullName}.{key.Name}"].Nodes().Select(Text)), @"\s+", " ").Trim().TrimEnd('.');

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } link when link.Attribute("href") is { } href => $"[{link.Value}]({href.Value})",
        XElement code => $"`{code.Value}`",
        _ => "",
    };
}
