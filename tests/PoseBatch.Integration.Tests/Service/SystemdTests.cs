using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace PoseBatch.Service;

/// <summary>What systemd hears from the service, and the unit that comes with it.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-systemd-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_says_that_it_is_ready_alive_and_stopping(bool isAbstract)
    {
        string name = isAbstract ? $"@posebatch-{Guid.NewGuid():N}" : Path.Combine(_folder.FullName, "notify");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));

        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "100000"));

        Assert.Equal("READY=1", await HearAsync(systemd));
        Assert.Equal("WATCHDOG=1", await HearAsync(systemd));
        Assert.Equal("WATCHDOG=1", await HearAsync(systemd));
        Assert.Equal(0, await service.StopAsync());
        List<string> rest = [];
        while (systemd.Available > 0)
        {
            rest.Add(await HearAsync(systemd));
        }

        Assert.Single(rest, "STOPPING=1");
        Assert.All(rest, said => Assert.True(said is "STOPPING=1" or "WATCHDOG=1", said));
    }

    [Fact]
    public void The_unit_leaves_the_service_the_time_it_asks_for()
    {
        Dictionary<string, string> unit = Regex.Matches(File.ReadAllText(UnitPath), @"(?m)^([A-Za-z]+)=(.*)$")
            .GroupBy(line => line.Groups[1].Value).ToDictionary(group => group.Key, group => group.Last().Groups[2].Value);

        Assert.Equal(("notify", "on-failure", "SIGTERM", "mixed"), (unit["Type"], unit["Restart"], unit["KillSignal"], unit["KillMode"]));
        Assert.True(int.Parse(unit["WatchdogSec"], System.Globalization.CultureInfo.InvariantCulture) >= 10);

        // DrainSeconds, and what handing over and tidying up may take.
        Assert.True(
            int.Parse(unit["TimeoutStopSec"], System.Globalization.CultureInfo.InvariantCulture) > new PoseBatch.Worker.Hosting.JobSettings().DrainSeconds + Worker.Service.StopDeadline.Tidying.TotalSeconds);
    }

    [Fact]
    public void Systemd_finds_no_fault_with_the_unit()
    {
        string unit = Path.Combine(_folder.FullName, "posebatch.service");

        // The program is not installed here, and systemd would say so.
        File.WriteAllText(unit, File.ReadAllText(UnitPath).Replace("/opt/posebatch/posebatch", "/bin/true", StringComparison.Ordinal));
        using System.Diagnostics.Process? verify = TryStart("systemd-analyze", "verify", "--man=no", unit);
        Assert.SkipUnless(verify is not null, "There is no systemd-analyze.");
        string said = verify!.StandardError.ReadToEnd();
        verify.WaitForExit();

        // Faults of units that are none of ours are said as well.
        Assert.DoesNotContain("posebatch.service", said, StringComparison.Ordinal);
    }

    private static string UnitPath { get; } = Path.Combine(Repository.Root, "packaging", "posebatch.service");

    private static System.Diagnostics.Process? TryStart(string program, params string[] arguments)
    {
        try
        {
            return System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static async Task<string> HearAsync(Socket systemd)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await systemd.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
    }
}
