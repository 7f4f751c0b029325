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

    // Whoever is lost to a signal or to a want of memory is started so often, at once.
    private const int Trials = 3;

    /// <summary>Runs a child; its answer counts only if it ended by itself. One that is lost is started anew a few times.</summary>
    /// <param name="executable">Its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="clock">Measures its silence.</param>
    /// <param name="limit">The longest silence.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <param name="launcher">What stands before it to confine it; null or empty for nothing.</param>
    /// <param name="doing">What it is about, for messages: <c>while it described 'a.mp4'</c>.</param>
    /// <param name="isBehind">Whether it stands behind this program where both want a core.</param>
    /// <exception cref="PoseBatchException">stalled; or lost: a signal ended it, memory was refused, or it could not be run, every time: no verdict on any file.</exception>
    /// <exception cref="InvalidDataException">It said more than anyone wants to read.</exception>
    public static async Task<ChildAnswer> CollectAsync(
        string executable, IReadOnlyList<string> arguments, TimeProvider clock, TimeSpan limit, CancellationToken cancellation,
        IReadOnlyList<string>? launcher = null, string doing = "while it worked", bool isBehind = true)
    {
        for (int trial = 1; ; trial++)
        {
            try
            {
                return await CollectOnceAsync(executable, arguments, clock, limit, launcher, doing, isBehind, cancellation);
            }
            catch (PoseBatchException lost) when (lost.IsChildLost && trial < Trials && !cancellation.IsCancellationRequested)
            {
                // Nothing of it is needed: the next one begins from the start.
            }
        }
    }

    private static async Task<ChildAnswer> CollectOnceAsync(
        string executable, IReadOnlyList<string> arguments, TimeProvider clock, TimeSpan limit, IReadOnlyList<string>? launcher,
        string doing, bool isBehind, CancellationToken cancellation)
    {
        string program = Path.GetFileName(executable);
        await using Child child = Child.Start(executable, arguments, launcher, isBehind);
        await using CancellationTokenRegistration onCancel = cancellation.Register(child.Kill);
        ChildAnswer answer = await Task.Run(() => Collect(child, program, clock, limit, cancellation), CancellationToken.None);
        ChildEnd.Judge(answer.ExitCode, WithoutNames(answer.Errors, arguments)).EnsureByItself(program, doing);
        return answer;
    }

    // Messages repeat the names of files, which may themselves read like a message.
    private static string WithoutNames(string errors, IReadOnlyList<string> arguments) => arguments
        .Where(argument => argument.StartsWith("file:", StringComparison.Ordinal) && argument.Length > "file:".Length)
        .Aggregate(errors, (text, argument) => text.Replace(argument["file:".Length..], string.Empty, StringComparison.Ordinal));

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
