using System.Net;
using System.Net.Sockets;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Service.Api;

/// <summary>Connections whose other side vanished.</summary>
public class LostClientsTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task What_a_client_leaves_unanswered_for_a_minute_ends_its_connection(string address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has TCP_USER_TIMEOUT.");
        Assert.SkipUnless(address != "::1" || Socket.OSSupportsIPv6, "There is no IPv6 here.");
        using Socket listener = LostClients.Listen(new IPEndPoint(IPAddress.Parse(address), 0));
        listener.Listen();
        using Socket client = new(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        using Socket accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);

        // 18 is TCP_USER_TIMEOUT of linux/tcp.h, in milliseconds. What is accepted has it from the listener.
        byte[] value = new byte[4];
        accepted.GetRawSocketOption((int)SocketOptionLevel.Tcp, 18, value);
        Assert.Equal(60_000, BitConverter.ToInt32(value));
        Assert.NotEqual(0, accepted.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
    }
}
