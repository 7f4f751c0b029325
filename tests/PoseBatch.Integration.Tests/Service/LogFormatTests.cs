using System.Globalization;
using System.Text.Json;

namespace PoseBatch.Service;

/// <summary>The log of the service as machines read it.</summary>
public sealed class LogFormatTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-log-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task As_json_every_line_is_one_object_with_its_time_its_words_and_its_values()
    {
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Service:LogFormat", "json"));
        Assert.Equal(0, await service.StopAsync());
        JsonElement[] lines = [.. service.LogText.Split('\n').Select(line => JsonElement.Parse(line))];

        JsonElement runs = Assert.Single(lines, line => line.GetProperty("EventId").GetProperty("Id").GetInt32() == 401);
        Assert.Equal(TimeSpan.Zero, DateTimeOffset.Parse(runs.GetProperty("@t").GetString()!, CultureInfo.InvariantCulture).Offset);
        Assert.StartsWith("PoseBatch \"0.1.0\" runs: inbox ", runs.GetProperty("@m").GetString(), StringComparison.Ordinal);
        Assert.Equal(Path.Combine(_folder.FullName, "inbox"), runs.GetProperty("Inbox").GetString());
        Assert.Single(lines, line => line.GetProperty("EventId").GetProperty("Id").GetInt32() == 402);
    }
}
