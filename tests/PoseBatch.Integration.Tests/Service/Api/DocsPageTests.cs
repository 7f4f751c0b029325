using System.Text.Json;

namespace PoseBatch.Service.Api;

/// <summary>The page that shows the API, in a browser.</summary>
public sealed class DocsPageTests
{
    private const string IsDrawn = "document.querySelectorAll('#view details').length > 20";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_and_schema_of_the_description_is_shown_with_an_example()
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        JsonElement document = JsonElement.Parse(await service.Client.GetStringAsync("/openapi/v1.json", Stop));
        string[] operations = [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(verb => verb.Value.GetProperty("operationId").GetString()!)];
        IEnumerable<string> schemas = document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => $"schema-{schema.Name}");
        await browser.OpenAsync($"{service.Client.BaseAddress}docs");
        await browser.UntilAsync(IsDrawn);
        string[] shown = [.. (await browser.EvaluateAsync("[...document.querySelectorAll('#view details')].map(one => one.id)")).EnumerateArray().Select(id => id.GetString()!)];

        Assert.Equal(operations.Concat(schemas).Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        Assert.Equal(operations.Length, (await browser.EvaluateAsync("document.querySelectorAll('#view pre').length")).GetInt32());
        Assert.Equal(
            $"curl -s -d '{{\"source\":{{\"path\":\"...\"}}}}' '{service.Client.BaseAddress}api/jobs'",
            (await browser.EvaluateAsync("document.querySelector('#submitJob pre').textContent")).GetString());
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task Links_and_keys_open_what_they_name()
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.querySelector('.foot a')");
        await browser.EvaluateAsync("document.querySelector('.foot a').click()");
        await browser.UntilAsync(IsDrawn);
        await browser.EvaluateAsync("document.querySelector('nav a[href=\"#listJobs\"]').click()");
        await browser.UntilAsync("document.getElementById('listJobs').open && document.activeElement.parentElement.id === 'listJobs'");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync("!document.getElementById('listJobs').open");
        await browser.EvaluateAsync("document.querySelector('#listJobs a[href=\"#schema-JobPage\"]').click()");
        await browser.UntilAsync("document.getElementById('schema-JobPage').open");
        Assert.Empty(browser.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Texts_can_be_read_in_either_scheme_and_fit_the_narrowest_screen(bool isDark)
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        await browser.DarkAsync(isDark);
        await browser.OpenAsync($"{service.Client.BaseAddress}docs");
        await browser.UntilAsync(IsDrawn);
        await browser.EvaluateAsync("for (const one of document.querySelectorAll('details')) one.open = true");
        JsonElement weak = await browser.EvaluateAsync(PageTests.Contrasts);

        Assert.True(weak.GetArrayLength() == 0, $"Below 4.5 : 1 (WCAG 2.2, 1.4.3): {weak.GetRawText()}");
        await browser.PictureAsync(isDark ? "docs-dark" : "docs");
        foreach (int width in new[] { 200, 275, 320 })
        {
            await browser.ResizeAsync(width, 640);
            await browser.UntilAsync($"window.innerWidth === {width}");
            Assert.Equal(0, (await browser.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32());
        }
    }
}
