using System.Net;
using System.Net.Http.Headers;
using System.Text;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Service.Api;

/// <summary>Who may ask.</summary>
public class GuardTests
{
    private const string Key = "correct horse battery staple";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1:8478")]
    [InlineData("http://localhost:80")]
    [InlineData("http://[::1]:8478")]
    [InlineData("http://127.0.0.1:1;http://localhost:2")]
    [InlineData("")]
    public void Loopback_needs_no_key(string url) => ServiceAddress.Check(new ServiceSettings { Url = url });

    [Theory]
    [InlineData("http://0.0.0.0:8478")]
    [InlineData("http://*:8478")]
    [InlineData("http://+:8478")]
    [InlineData("http://[::]:8478")]
    [InlineData("http://192.168.1.5:8478")]
    [InlineData("http://videos.example:80")]
    [InlineData("http://127.0.0.1:1;http://*:2")]
    [InlineData("http://localhost.example:80")]
    public void Any_other_address_needs_one(string url)
    {
        SettingsException refused = Assert.Throws<SettingsException>(() => ServiceAddress.Check(new ServiceSettings { Url = url }));

        Assert.Contains("Service:ApiKey", refused.Message, StringComparison.Ordinal);
        Assert.Throws<SettingsException>(() => ServiceAddress.Check(new ServiceSettings { Url = url, ApiKey = string.Empty }));
        ServiceAddress.Check(new ServiceSettings { Url = url, ApiKey = Key });
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:8478/below")]
    [InlineData("https://127.0.0.1:8478")]
    [InlineData("ftp://127.0.0.1:8478")]
    public void What_cannot_be_served_is_named(string url) =>
        Assert.Contains($"Service:Url = {url}: ", Assert.Throws<SettingsException>(() => ServiceAddress.Check(new ServiceSettings { Url = url })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:9000", HttpStatusCode.OK)]
    [InlineData("[::1]:8478", HttpStatusCode.OK)]
    [InlineData("LocalHost.:8478", HttpStatusCode.OK)]
    [InlineData("page.LOCALHOST", HttpStatusCode.OK)]
    [InlineData("localhost.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("192.168.1.5:8478", HttpStatusCode.MisdirectedRequest)]
    public async Task On_loopback_only_names_of_this_machine_are_answered(string host, HttpStatusCode status)
    {
        await using TestService service = await TestService.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/jobs") { Headers = { Host = host } };
        using HttpResponseMessage answer = await service.Client.SendAsync(request, Stop);

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost:9999", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost", HttpStatusCode.NotFound)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.NotFound)]
    [InlineData("X-Nothing", "no browser at all", HttpStatusCode.NotFound)]
    public async Task Pages_of_other_origins_change_nothing(string header, string value, HttpStatusCode status)
    {
        await using TestService service = await TestService.StartAsync();
        foreach ((HttpMethod method, string address) in new[] { (HttpMethod.Post, "/api/jobs/x/cancel"), (HttpMethod.Post, "/api/jobs/x/retry") })
        {
            using HttpRequestMessage request = new(method, address);
            request.Headers.TryAddWithoutValidation(header, value);
            using HttpResponseMessage answer = await service.Client.SendAsync(request, Stop);

            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(" sesame", "character 1 is a space")]
    [InlineData("sesame ", "character 7 is a space")]
    [InlineData("secret\n", "character 7 is a line break")]
    [InlineData("clé", "character 3 is another one")]
    [InlineData("   ", "character 1 is a space")]
    public void A_key_that_no_header_can_carry_is_named_at_the_start_and_not_shown(string key, string what)
    {
        SettingsException wrong = Assert.Throws<SettingsException>(() => ServiceAddress.Check(new ServiceSettings { ApiKey = key }));

        Assert.Contains(what, Assert.Single(wrong.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain(key, wrong.Problems[0], StringComparison.Ordinal);
        ServiceAddress.Check(new ServiceSettings { ApiKey = "a Key/with+signs=~" });
    }

    [Fact]
    public async Task With_a_key_only_liveness_and_the_page_are_open()
    {
        await using TestService service = await StartWithKeyAsync();
        foreach (string open in new[] { "/healthz/live", "/", "/favicon.ico" }.Concat(StaticPage.Names.Where(name => name != "index.html").Select(name => "/" + name)))
        {
            Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync(open, Stop)).StatusCode);
        }

        foreach (string closed in new[] { "/api/jobs", "/api/events", "/metrics", "/healthz/ready", "/openapi.json", "/api/settling", "/api/nowhere" })
        {
            HttpResponseMessage answer = await service.Client.GetAsync(closed, Stop);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Client.PutAsync("/api/uploads/a.mp4", new StringContent("x"), Stop)).StatusCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Theory]
    [InlineData("X-Api-Key", Key, HttpStatusCode.OK)]
    [InlineData("Authorization", "Bearer " + Key, HttpStatusCode.OK)]
    [InlineData("Authorization", "bearer " + Key, HttpStatusCode.OK)]
    [InlineData("X-Api-Key", Key + "x", HttpStatusCode.Unauthorized)]
    [InlineData("X-Api-Key", "correct horse", HttpStatusCode.Unauthorized)]
    [InlineData("X-Api-Key", "", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Basic " + Key, HttpStatusCode.Unauthorized)]
    [InlineData("Cookie", ApiGuard.Cookie + "=" + "0000", HttpStatusCode.Unauthorized)]
    public async Task The_key_opens_the_rest_in_either_header(string header, string value, HttpStatusCode status)
    {
        await using TestService service = await StartWithKeyAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/jobs");
        request.Headers.TryAddWithoutValidation(header, value);
        using HttpResponseMessage answer = await service.Client.SendAsync(request, Stop);

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task The_page_trades_the_key_for_a_cookie_that_scripts_and_other_sites_cannot_use()
    {
        await using TestService service = await StartWithKeyAsync();
        using HttpResponseMessage wrong = await OpenAsync(service, "nearly");
        using HttpResponseMessage right = await OpenAsync(service, Key);
        string cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Key, Uri.UnescapeDataString(cookie), StringComparison.Ordinal);

        using HttpRequestMessage request = new(HttpMethod.Get, "/api/jobs");
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.SendAsync(request, Stop)).StatusCode);
    }

    [Fact]
    public async Task With_a_key_other_names_are_answered_too()
    {
        await using TestService service = await StartWithKeyAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/jobs") { Headers = { Host = "videos.example", Authorization = new AuthenticationHeaderValue("Bearer", Key) } };

        Assert.Equal(HttpStatusCode.OK, (await service.Client.SendAsync(request, Stop)).StatusCode);
    }

    [Fact]
    public async Task Every_answer_keeps_other_pages_and_sniffing_out()
    {
        await using TestService service = await TestService.StartAsync();
        foreach (string address in new[] { "/", "/api/jobs", "/api/nowhere", "/api/jobs/none", "/metrics" })
        {
            using HttpResponseMessage answer = await service.Client.GetAsync(address, Stop);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    private static Task<TestService> StartWithKeyAsync() => TestService.StartAsync(settings => settings with
    {
        Service = new ServiceSettings { Url = "http://*:8478", ApiKey = Key },
    });

    private static Task<HttpResponseMessage> OpenAsync(TestService service, string key) =>
        service.Client.PostAsync("/api/session", new StringContent($$"""{"key":"{{key}}"}""", Encoding.UTF8, "application/json"), Stop);
}
