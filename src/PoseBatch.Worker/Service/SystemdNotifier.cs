using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PoseBatch.Worker.Service;

/// <summary>Tells systemd that the service is ready, alive and stopping (sd_notify). Does nothing where nobody listens.</summary>
internal sealed class SystemdNotifier(TimeProvider clock) : IDisposable
{
    private readonly string? _socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
    private ITimer? _watchdog;

    /// <summary>The service does its work from now on; if systemd watches, it hears from us twice per interval while <paramref name="isAlive"/>.</summary>
    public void Ready(Func<bool> isAlive)
    {
        Send("READY=1");
        if (long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds > 0 && _socket is not null)
        {
            TimeSpan half = TimeSpan.FromMicroseconds(microseconds / 2.0);
            _watchdog = clock.CreateTimer(
                _ =>
                {
                    if (isAlive())
                    {
                        Send("WATCHDOG=1", mayBeLost: true);
                    }
                },
                null, half, half);
        }
    }

    /// <summary>The service ends in an orderly way.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <inheritdoc/>
    public void Dispose() => _watchdog?.Dispose();

    // A listener that does not read would keep a thread per beat; the beats that it has missed would come when nothing beats any more.
    private void Send(string state, bool mayBeLost = false)
    {
        if (_socket is not { Length: > 0 })
        {
            return;
        }

        try
        {
            // An abstract socket is written with @ for its leading zero byte.
            using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = !mayBeLost };
            socket.SendTo(
                Encoding.UTF8.GetBytes(state),
                new UnixDomainSocketEndPoint(_socket[0] == '@' ? string.Concat("\0", _socket.AsSpan(1)) : _socket));
        }
        catch (SocketException)
        {
            // Whoever started us does not listen any more, or not now; that is no reason to end.
        }
    }
}
