using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Service;

namespace PoseBatch.Cases;

/// <summary>r-confined-decoder-speaks: a decoder that was taken over tells nobody anything, and there is little it could tell.</summary>
public sealed class ConfinedDecoderCases : IDisposable
{
    private const string Secret = "POSEBATCH__Service__ApiKey";
    private const int EPERM = 1;
    private const int ENOSYS = 38;

    private readonly TemporaryFolder _folder = new();

    private static IReadOnlyList<string> Launcher => ConfinedLauncher.CommandOf([PoseBatchProgram.Host]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_decoder_that_is_a_spy_gives_its_frames_and_is_heard_by_nobody()
    {
        RequireCallFilter();
        using UdpClient listener = new(new IPEndPoint(IPAddress.Loopback, 0));
        string spy = Spy(((IPEndPoint)listener.Client.LocalEndPoint!).Port);
        string clip = TestVideos.Short(_folder["clip.mp4"]);

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunInShellAsync(
            _folder.Path, $"POSEBATCH__Decode__FfmpegPath='{spy}' {Secret}=secret \"$0\" process '{clip}' --out out --json");

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("completed", ended.Json[0].GetProperty("status").GetString());
        Assert.Equal(0, listener.Available);

        // It would have been heard without.
        PoseBatchProgram.Ended free = await PoseBatchProgram.RunInShellAsync(
            _folder.Path, $"POSEBATCH__Service__Confine=false POSEBATCH__Decode__FfmpegPath='{spy}' {Secret}=secret \"$0\" process '{clip}' --out free --json");
        Assert.Equal(0, free.ExitCode);
        Assert.NotEqual(0, listener.Available);

        // Even then it knows no key.
        IPEndPoint? from = null;
        Assert.Equal("KEY=none", System.Text.Encoding.ASCII.GetString(listener.Receive(ref from)));
    }

    [Fact]
    public async Task A_child_knows_nothing_of_the_environment_but_what_it_needs()
    {
        Assert.Equal(["AV_LOG_FORCE_NOCOLOR", "LANG", "LC_ALL", "PATH"], Names(Run(["env"], null).Output));

        // Neither does one without a launcher, but for what the launcher would have needed.
        string said = _folder["said"], spy = _folder.Script("ffprobe", $"env > '{said}'; exec /usr/bin/ffprobe \"$@\"");
        string clip = TestVideos.Short(_folder["clip.mp4"]);
        await PoseBatchProgram.RunInShellAsync(
            _folder.Path, $"POSEBATCH__Service__Confine=false POSEBATCH__Decode__FfprobePath='{spy}' {Secret}=secret HOME=/h TMPDIR='{_folder.Path}' \"$0\" process '{clip}' --out out");
        string[] known = Names(await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken));
        Assert.Contains("PATH", known);
        Assert.All(known, name => Assert.True(
            name is "PATH" or "LD_LIBRARY_PATH" or "LANG" or "LANGUAGE" or "TZ" or "AV_LOG_FORCE_NOCOLOR" or "PWD" or "OLDPWD" or "SHLVL" or "_"
            || name.StartsWith("LC_", StringComparison.Ordinal) || name.StartsWith("DOTNET_", StringComparison.Ordinal), name));

        static string[] Names(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData("socket(my $s, PF_INET, SOCK_DGRAM, 0)", false)]
    [InlineData("socket(my $s, PF_INET, SOCK_STREAM, 0)", false)]
    [InlineData("socket(my $s, PF_INET6, SOCK_DGRAM, 0)", false)]
    [InlineData("socket(my $s, PF_INET, SOCK_RAW, 1)", false)]
    [InlineData("socket(my $s, PF_UNIX, SOCK_STREAM, 0)", false)]
    [InlineData("socket(my $s, PF_UNIX, SOCK_DGRAM, 0)", false)]
    [InlineData("socketpair(my $s, my $t, PF_UNIX, SOCK_DGRAM, 0)", false)]
    [InlineData("socketpair(my $s, my $t, PF_UNIX, SOCK_STREAM, 0)", true)]
    [InlineData("defined(fork)", false)]
    [InlineData("chmod(0600, $ARGV[0])", false)]
    [InlineData("chmod(0600, '/usr/bin/perl')", false)]
    [InlineData("utime(1, 1, $ARGV[0])", false)]
    [InlineData("chown($<, -1, $ARGV[0])", false)]
    [InlineData("kill(0, getppid)", false)]
    [InlineData("kill(0, $$)", true)]
    [InlineData("open(my $f, '<', $ARGV[0])", true)]
    public void A_confined_program_is_refused_what_no_decoder_does(string perl, bool isAllowed)
    {
        RequireCallFilter();
        string mine = _folder["mine"];
        File.WriteAllText(mine, "mine");
        (int code, string output, string errors) = Run(["perl", "-MSocket", "-e", $"print(({perl}) ? 'done' : 'errno ' . ($! + 0))", mine], mine);

        Assert.True(code == 0, errors);
        Assert.Equal(isAllowed ? "done" : $"errno {EPERM}", output);
    }

    [Fact]
    public void A_confined_program_of_root_has_no_rights_of_root_but_to_read()
    {
        RequireCallFilter();

        string said = Run(["sh", "-c", "while read -r name value; do case $name in Cap*) echo $name $value;; esac; done < /proc/self/status"], "/proc/self/status").Output;

        // CAP_DAC_OVERRIDE is bit 1, CAP_DAC_READ_SEARCH bit 2; of anybody else nothing is left anyway.
        Assert.All(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
        {
            string[] words = line.Split(' ');
            bool mayStay = words[0] is "CapPrm:" or "CapEff:";
            Assert.True(words[0] == "CapBnd:" || (Convert.ToUInt64(words[1], 16) & ~(mayStay ? 6ul : 0ul)) == 0, line);
        });
    }

    [Theory]
    [InlineData("syscall(435, 0, 0)", ENOSYS)]                  // clone3
    [InlineData("syscall(425, 1, 0)", EPERM)]                   // io_uring_setup
    [InlineData("syscall(101, 0, 0, 0, 0)", EPERM)]             // ptrace: trace me
    [InlineData("syscall(157, 1, 0, 0, 0, 0)", EPERM)]          // prctl: outlive the parent
    [InlineData("syscall(302, 0, 9, $l, 0)", EPERM)]            // prlimit64: more memory
    [InlineData("syscall(302, 0, 9, $s, 0)", 0)]                // prlimit64: less memory
    [InlineData("syscall(302, 0, 9, 0, $l)", 0)]                // prlimit64: how much is it?
    [InlineData("syscall(302, getppid, 9, $s, 0)", EPERM)]      // prlimit64: less memory for another
    [InlineData("syscall(0x40000000 + 39)", ENOSYS)]            // getpid of x32
    [InlineData("syscall(39)", 0)]                              // getpid
    public void Calls_are_refused_by_number(string call, int error)
    {
        RequireCallFilter();
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "The numbers are those of x86-64.");
        (int code, string output, string errors) = Run(["perl", "-e", $"my ($l, $s) = (pack('QQ', 1 << 34, 1 << 34), pack('QQ', 1 << 30, 1 << 30)); print(({call}) < 0 ? $! + 0 : 0)"], null);

        Assert.True(code == 0, errors);
        Assert.Equal(error.ToString(System.Globalization.CultureInfo.InvariantCulture), output);
    }

    [Fact]
    public void Memory_is_bounded_for_all_that_a_child_can_be()
    {
        // One process (no other may be started) of 8 GiB of addresses.
        Assert.Equal($"{8L << 20}\n", Run(["sh", "-c", "ulimit -v"], null).Output);
    }

    // Numbers of arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
    [Theory]
    [InlineData(true, 41, 198)]      // socket
    [InlineData(true, 42, 203)]      // connect
    [InlineData(true, 91, 52)]       // fchmod
    [InlineData(true, 280, 88)]      // utimensat
    [InlineData(true, 101, 117)]     // ptrace
    [InlineData(true, 165, 40)]      // mount
    [InlineData(true, 321, 280)]     // bpf
    [InlineData(true, 250, 219)]     // keyctl
    [InlineData(true, 310, 270)]     // process_vm_readv
    [InlineData(false, 0, 63)]       // read
    [InlineData(false, 1, 64)]       // write
    [InlineData(false, 9, 222)]      // mmap
    [InlineData(false, 59, 221)]     // execve
    [InlineData(false, 202, 98)]     // futex
    [InlineData(false, 257, 56)]     // openat
    [InlineData(false, 231, 94)]     // exit_group
    public void Both_architectures_refuse_the_same(bool isRefused, uint x64, uint arm64)
    {
        Assert.Equal(isRefused ? Errno(EPERM) : Allowed, AnswerOf(isX64: true, x64));
        Assert.Equal(isRefused ? Errno(EPERM) : Allowed, AnswerOf(isX64: false, arm64));
    }

    [Fact]
    public void Arguments_decide_where_a_call_has_two_sides()
    {
        foreach (bool isX64 in new[] { true, false })
        {
            uint clone = isX64 ? 56u : 220, pair = isX64 ? 53u : 199, kill = isX64 ? 62u : 129, limit = isX64 ? 302u : 261;
            Assert.Equal(Allowed, AnswerOf(isX64, clone, 0x3D0F00));          // as glibc makes a thread
            Assert.Equal(Errno(EPERM), AnswerOf(isX64, clone, 0x1200011));    // as glibc forks
            Assert.Equal(Allowed, AnswerOf(isX64, pair, 1, 1 | 0x80000));     // AF_UNIX, SOCK_STREAM, closed on exec
            Assert.Equal(Errno(EPERM), AnswerOf(isX64, pair, 1, 2));
            Assert.Equal(Errno(EPERM), AnswerOf(isX64, pair, 2, 1));
            Assert.Equal(Allowed, AnswerOf(isX64, kill, Self, 9));
            Assert.Equal(Errno(EPERM), AnswerOf(isX64, kill, Self + 1, 9));
            Assert.Equal(Allowed, AnswerOf(isX64, limit, 0, 7, 0x7FFE));                     // one's own limits: the kernel lets them fall only
            Assert.Equal(Allowed, AnswerOf(isX64, limit, Self + 1, 7, 0));
            Assert.Equal(Errno(EPERM), AnswerOf(isX64, limit, Self + 1, 7, 0x7FFE_0000_0000));   // an address whose low half is 0
            Assert.Equal(Errno(EPERM), AnswerOf(isX64, limit, Self + 1, 7, 0x7FFE));
        }
    }

    private const ulong Self = 4711;
    private const uint Allowed = 0x7FFF0000;

    private static uint Errno(uint error) => 0x00050000 | error;

    /// <summary>Runs the filter as the kernel does (linux/filter.h), on struct seccomp_data.</summary>
    private static uint AnswerOf(bool isX64, uint number, params ulong[] arguments)
    {
        byte[] data = new byte[64];
        MemoryMarshal.Write(data, number);
        MemoryMarshal.Write(data.AsSpan(4), isX64 ? 0xC000003Eu : 0xC00000B7u);
        for (int i = 0; i < arguments.Length; i++)
        {
            MemoryMarshal.Write(data.AsSpan(16 + (8 * i)), arguments[i]);
        }

        SystemCallFilter.Instruction[] program = SystemCallFilter.Build(isX64, (uint)Self);
        uint value = 0;
        for (int at = 0; ; at++)
        {
            SystemCallFilter.Instruction step = program[at];
            switch (step.Code)
            {
                case 0x20:
                    value = MemoryMarshal.Read<uint>(data.AsSpan((int)step.Value));
                    break;
                case 0x54:
                    value &= step.Value;
                    break;
                case 0x06:
                    return step.Value;
                default:
                    bool isTrue = step.Code switch
                    {
                        0x15 => value == step.Value,
                        0x35 => value >= step.Value,
                        0x45 => (value & step.Value) != 0,
                        _ => throw new InvalidOperationException($"Instruction {step.Code:X}."),
                    };
                    at += isTrue ? step.WhenTrue : step.WhenFalse;
                    break;
            }
        }
    }

    // The one of the case, but for the place it speaks to.
    private string Spy(int port) => _folder.Program(
        "spy.pl",
        $$"""
        #!/usr/bin/perl
        use Socket; if (grep { $_ eq '-version' } @ARGV) { exec '/usr/bin/ffmpeg', @ARGV }
        socket(my $s, PF_INET, SOCK_DGRAM, 0);
        send($s, "KEY=" . ($ENV{POSEBATCH__Service__ApiKey} // 'none'), 0, sockaddr_in({{port}}, inet_aton('127.0.0.1')));
        exec '/usr/bin/ffmpeg', @ARGV;

        """);

    private static void RequireCallFilter() => Assert.SkipUnless(ConfinedLauncher.CanRestrictCalls, "This kernel has no seccomp filters.");

    private static (int Code, string Output, string Errors) Run(string[] program, string? mayRead)
    {
        IReadOnlyList<string> words = [.. ConfinedLauncher.ForReading(Launcher, mayRead), .. program];
        ProcessStartInfo start = new(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("LC_", StringComparison.Ordinal) || name is "LANGUAGE" or "TZ" or "LD_LIBRARY_PATH").ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment[Secret] = "secret";
        start.Environment["HOME"] = "/nobody";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors);
    }
}
