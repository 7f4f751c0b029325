using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A server of loopback that gives one file, from the byte that is asked for, and hangs up after so many bytes when it is told to.</summary>
internal sealed class StandInServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _file;
    private readonly Queue<int> _cuts;
    private readonly Task _serving;

    /// <param name="file">What it gives.</param>
    /// <param name="cuts">After how many bytes the first answers break; the further ones are whole.</param>
    public StandInServer(byte[] file, params int[] cuts)
    {
        (_file, _cuts) = (file, new(cuts));
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where its file is.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/network");

    /// <summary>The first byte of each answer so far.</summary>
    public List<int> Begins { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            catch (IOException)
            {
                // The client hung up; the next may come.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
        int from = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
            {
                from = int.Parse(line.AsSpan()["Range: bytes=".Length..^1], CultureInfo.InvariantCulture);
            }
        }

        Begins.Add(from);
        string head = from == 0
            ? "HTTP/1.1 200 OK\r\n"
            : $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{_file.Length - 1}/{_file.Length}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}Content-Length: {_file.Length - from}\r\nConnection: close\r\n\r\n"));
        int count = Math.Min(_cuts.TryDequeue(out int cut) ? cut : int.MaxValue, _file.Length - from);
        await stream.WriteAsync(_file.AsMemory(from, count));
        await stream.FlushAsync();
    }
}
