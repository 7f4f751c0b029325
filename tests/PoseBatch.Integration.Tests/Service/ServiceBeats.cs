using System.Net.Sockets;
using System.Text;

namespace PoseBatch.Service;

/// <summary>Hears the beats that a service gives its watchdog: a clock of the service's own, which stands still when it does.</summary>
internal sealed class ServiceBeats : IDisposable
{
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string _name = $"@posebatch-{Guid.NewGuid():N}";

    public ServiceBeats() => _systemd.Bind(new UnixDomainSocketEndPoint("\0" + _name[1..]));

    /// <summary>Settings for a service that beats once a second.</summary>
    public (string Key, string Value)[] Settings => [("NOTIFY_SOCKET", _name), ("WATCHDOG_USEC", "2000000")];

    /// <summary>Returns when it has beaten so many times.</summary>
    public async Task HearAsync(int beats)
    {
        byte[] said = new byte[256];
        while (beats > 0)
        {
            int length = await _systemd.ReceiveAsync(said, TestContext.Current.CancellationToken);
            beats -= Encoding.UTF8.GetString(said, 0, length) == "WATCHDOG=1" ? 1 : 0;
        }
    }

    /// <summary>Forgets the beats that have come and were not heard; their number.</summary>
    public int Drain()
    {
        byte[] said = new byte[256];
        int beats = 0;
        while (_systemd.Available > 0)
        {
            beats += Encoding.UTF8.GetString(said, 0, _systemd.Receive(said)) == "WATCHDOG=1" ? 1 : 0;
        }

        return beats;
    }

    public void Dispose() => _systemd.Dispose();
}
