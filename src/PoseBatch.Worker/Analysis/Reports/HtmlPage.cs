using System.Globalization;
using System.Net;
using System.Text;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>One page of HTML that needs nothing from elsewhere: style inside, pictures inside, readable in light, dark and on paper.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #20242a; --soft: #5b6470; --paper: #fff; --card: #f4f6f8; --line: #dfe3e8; --accent: #c8324b; --good: #2f7d4f; --warn: #a05a00; --warnback: #fff4e0; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3abb6; --paper: #15181c; --card: #20252b; --line: #373e47; --accent: #ff6b81; --good: #6fcf97; --warn: #ffc46b; --warnback: #33290f; } }
        * { box-sizing: border-box; }
        body { max-width: 1024px; margin: 2.5rem auto; padding: 0 1.2rem; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        h1 { font-size: 1.7rem; line-height: 1.25; margin-bottom: .2rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2.4rem; }
        p.lead { color: var(--soft); margin-top: 0; } p.note, figcaption { color: var(--soft); font-size: .88rem; }
        dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(170px, 100%), 1fr)); gap: 1rem; }
        dl.figures div { background: var(--card); border-radius: 8px; padding: .8rem 1rem; }
        dl.figures dt { color: var(--soft); font-size: .85rem; } dl.figures dd { margin: 0; overflow-wrap: anywhere; }
        dl.figures dd.value { font-size: 1.6rem; font-weight: 600; } dl.figures dd.meaning { font-size: .85rem; line-height: 1.35; }
        table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .9rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
        td { overflow-wrap: anywhere; } td:first-child { white-space: nowrap; } td.number, th.number { text-align: right; white-space: nowrap; }
        img, svg { max-width: 100%; height: auto; } .wide { overflow-x: auto; } figure { margin: 0; } figure img { display: block; border-radius: 4px; }
        .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(200px, 45%), 1fr)); gap: .8rem; }
        ul.advice { list-style: none; padding: 0; } ul.advice li { background: var(--warnback); border-left: 4px solid var(--warn); border-radius: 4px; padding: .5rem .9rem; margin-bottom: .6rem; }
        ul.advice li.fine { background: var(--card); border-color: var(--good); } ul.advice b { display: block; }
        pre { background: var(--card); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
        summary { cursor: pointer; color: var(--soft); }
        svg text { fill: var(--soft); font: 12px system-ui, sans-serif; } svg .axis { stroke: var(--soft); fill: none; } svg .grid { stroke: var(--line); fill: none; }
        svg .bar { fill: var(--accent); } svg .area { fill: var(--accent); fill-opacity: .35; stroke: var(--accent); } svg .lost { fill: var(--warn); } svg .skipped { fill: var(--line); }
        svg .track { fill: none; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
        @media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --line: #bbb; --accent: #a02038; --warn: #7a4500; --warnback: #fff; --good: #1f5d38; }
          body { margin: 0; max-width: none; font-size: 11pt; } figure, dl.figures div, tr, li, svg { break-inside: avoid; } h2 { break-after: avoid; } dl.figures div { border: 1px solid var(--line); }
          .sheet { grid-template-columns: repeat(4, 1fr); } pre { white-space: pre-wrap; } }
        """;

    private readonly StringBuilder _text = new();

    /// <summary>Begins a page.</summary>
    /// <param name="title">Title and heading.</param>
    /// <param name="lead">One sentence below it.</param>
    public HtmlPage(string title, string lead)
    {
        Add($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">");
        Add($"<title>{Text(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>");
        Add($"<h1>{Text(title)}</h1>");
        Add($"<p class=\"lead\">{Text(lead)}</p>");
    }

    /// <summary>Makes text safe between tags and in quotes.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A heading.</summary>
    public void Heading(string text) => Add($"<h2>{Text(text)}</h2>");

    /// <summary>A paragraph of plain text.</summary>
    public void Paragraph(string text) => Add($"<p>{Text(text)}</p>");

    /// <summary>A smaller paragraph that explains a picture or a table.</summary>
    public void Note(string text) => Add($"<p class=\"note\">{Text(text)}</p>");

    /// <summary>HTML or SVG as it is.</summary>
    public void Raw(string html) => _text.Append(html).Append('\n');

    /// <summary>Big numbers side by side.</summary>
    public void Figures(IEnumerable<(string Name, string Value, string Meaning)> figures)
    {
        Add($"<dl class=\"figures\">");
        foreach ((string name, string value, string meaning) in figures)
        {
            Add($"<div><dt>{Text(name)}</dt><dd class=\"value\">{Text(value)}</dd><dd class=\"meaning\">{Text(meaning)}</dd></div>");
        }

        Add($"</dl>");
    }

    /// <summary>A table; the first row is its head.</summary>
    public void Table(IReadOnlyList<string[]> rows)
    {
        Add($"<div class=\"wide\"><table>");
        for (int row = 0; row < rows.Count; row++)
        {
            string cell = row == 0 ? "th" : "td";
            Add($"<tr>{string.Concat(rows[row].Select(text => $"<{cell}>{Text(text)}</{cell}>"))}</tr>");
        }

        Add($"</table></div>");
    }

    /// <summary>The whole page.</summary>
    public string End() => _text.ToString() + "</body>\n</html>\n";

    private void Add(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
