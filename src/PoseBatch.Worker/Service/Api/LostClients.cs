using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace PoseBatch.Worker.Service.Api;

/// <summary>
/// Ends connections whose other side went away without a word: a laptop that sleeps, a cable that was pulled, a network that
/// changed. Left to itself TCP goes on for a quarter of an hour, and each of them holds the place of an event stream.
/// </summary>
internal static class LostClients
{
    /// <summary>How long the other side may leave unanswered what it was sent. Streams send something every 15 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // linux/tcp.h; the longest time in milliseconds that what was sent may stay unacknowledged.
    private const int TcpUserTimeout = 18;

    /// <summary>Makes the server listen with such connections only.</summary>
    public static void Notice(SocketTransportOptions options) => options.CreateBoundListenSocket = Listen;

    /// <summary>A socket, bound, that hands its patience on to what it accepts.</summary>
    internal static Socket Listen(EndPoint address)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        if (socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
        {
            // For requests that wait and are sent nothing.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Patience.TotalSeconds / 2);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)Patience.TotalSeconds / 6);
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes((int)Patience.TotalMilliseconds));
            }
        }

        return socket;
    }
}
