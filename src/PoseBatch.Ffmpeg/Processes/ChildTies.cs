using System.Diagnostics;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>
/// What stands before every child's command line: a session of its own, so that a signal to our process group (Ctrl-C, a closed
/// terminal, <c>kill -- -PGID</c>) reaches us alone; the kernel kills the child when we die without a chance to clean up; and no
/// program it runs gains rights. Each of these programs replaces itself by the next, so the process id stays the same.
/// </summary>
internal static class ChildTies
{
    private const int Trials = 3;

    private static readonly string[] OwnSession = ["setsid"];
    private static readonly string[] EndsWithUs = ["setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--"];
    private static readonly Lock Gate = new();

    private static string[]? _words;

    /// <summary>The words; empty where the machine has neither program. Found at the first child, by a trial on a program that does nothing.</summary>
    /// <param name="describe">How a child is started.</param>
    /// <exception cref="PoseBatchException">Every trial was ended by a signal.</exception>
    public static IReadOnlyList<string> Words(Func<string, IEnumerable<string>, ProcessStartInfo> describe)
    {
        lock (Gate)
        {
            // Those of util-linux; busybox's setpriv does not know the option, and then the session alone is kept.
            return _words ??= Executable.Find("true") is not { } nothing ? [] : [.. Working(OwnSession), .. Working(EndsWithUs)];

            string[] Working(string[] words)
            {
                if (Executable.Find(words[0]) is not { } program)
                {
                    return [];
                }

                for (int trial = 1; trial <= Trials; trial++)
                {
                    using Process process = ChildStarter.Start(describe(program, [.. words.Skip(1), nothing]));
                    string said = process.StandardError.ReadToEnd();
                    process.WaitForExit();
                    if (process.ExitCode == 0)
                    {
                        return [program, .. words.Skip(1)];
                    }

                    if (ChildEnd.Judge(process.ExitCode, said).Kind is ChildEndKind.ByItself or ChildEndKind.NotRun)
                    {
                        return [];   // it does not know what is asked of it
                    }
                }

                throw new PoseBatchException(
                    ReasonCode.OutOfMemory, $"{program} was ended by a signal {Trials} times when it was tried.", "Look into the system's log (dmesg, journalctl -k).")
                {
                    IsChildLost = true,
                };
            }
        }
    }
}
