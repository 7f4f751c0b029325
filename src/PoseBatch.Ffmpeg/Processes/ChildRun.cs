using System.Runtime.InteropServices;
using System.Text;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>What a short-lived child said.</summary>
internal sealed record ChildAnswer(int ExitCode, byte[] Output, string Errors);

/// <summary>Runs a child to its end and collects what it says, within bounds: a hostile file may make it say gigabytes.</summary>
internal static class ChildRun
{
    private const int MostOutputBytes = 16 << 20;
    private const int MostErrorBytes = 256 << 10;

    /// <exception cref="PoseBatchException">stalled.</exception>
    /// <exception cref="InvalidDataException">It said more than anyone wants to read.</exception>
    public static async Task<ChildAnswer> CollectAsync(
        string executable, IReadOnlyList<string> arguments, TimeProvider clock, TimeSpan limit, CancellationToken cancellation,
        IReadOnlyList<string>? launcher = null)
    {
        await using Child child = Child.Start(executable, arguments, launcher);
        await using CancellationTokenRegistration onCancel = cancellation.Register(child.Kill);
        return await Task.Run(() => Collect(child, Path.GetFileName(executable), clock, limit, cancellation), CancellationToken.None);
    }

    private static ChildAnswer Collect(Child child, string what, TimeProvider clock, TimeSpan limit, CancellationToken cancellation)
    {
        BoundedText errors = new();
        ChildStream stream = new(child, what, errors, clock, limit, cancellation);
        using MemoryStream output = new();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(32 * 1024);
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            output.Write(buffer, 0, count);
            if (output.Length > MostOutputBytes)
            {
                throw new InvalidDataException($"{what} said more than {MostOutputBytes} bytes.");
            }
        }

        int exitCode = stream.WaitForEnd();
        return new(exitCode, output.ToArray(), errors.ToString());
    }

    private sealed class BoundedText : IErrorSink
    {
        private readonly List<byte> _bytes = [];

        public void Feed(ReadOnlySpan<byte> text) => _bytes.AddRange(text[..int.Min(text.Length, MostErrorBytes - _bytes.Count)]);

        public override string ToString() => Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_bytes));
    }
}
