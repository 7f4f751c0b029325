using System.Runtime.InteropServices;

namespace PoseBatch.Ffmpeg.Interop;

/// <summary>
/// The system calls that no decoder needs, as a seccomp filter: it holds for the program this one becomes and for whatever that
/// becomes, and cannot be taken off again. Linux on x86-64 and arm64; elsewhere there is none.
/// </summary>
/// <remarks>
/// The filter is a program of the classic BPF (linux/filter.h) over struct seccomp_data: number at 0, architecture at 4, six arguments
/// of 64 bits from 16 on, low half first on both architectures. Calls are refused, not answered by death: a library that merely tries
/// one goes on without.
/// </remarks>
internal static unsafe partial class SystemCallFilter
{
    private const int PR_SET_SECCOMP = 22;
    private const int SECCOMP_MODE_FILTER = 2;
    private const int EFAULT = 14;

    private const uint AUDIT_ARCH_X86_64 = 0xC000003E;
    private const uint AUDIT_ARCH_AARCH64 = 0xC00000B7;
    private const uint FirstX32Call = 0x40000000;

    private const uint Allow = 0x7FFF0000;
    private const uint NotPermitted = 0x00050000 | 1;      // SECCOMP_RET_ERRNO with EPERM
    private const uint NotImplemented = 0x00050000 | 38;   // with ENOSYS

    private const ushort LoadWord = 0x20;          // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15;       // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort JumpIfAtLeast = 0x35;     // BPF_JMP | BPF_JGE | BPF_K
    private const ushort JumpIfAnySet = 0x45;      // BPF_JMP | BPF_JSET | BPF_K
    private const ushort And = 0x54;               // BPF_ALU | BPF_AND | BPF_K
    private const ushort Return = 0x06;            // BPF_RET | BPF_K

    private const int MostInstructions = 512;
    private const uint NumberAt = 0;
    private const uint ArchitectureAt = 4;
    private const uint ArgumentsAt = 16;

    private const uint AF_UNIX = 1;
    private const uint SOCK_STREAM = 1;
    private const uint SOCK_TYPE_MASK = 0xF;
    private const uint CLONE_THREAD = 0x10000;
    private const uint PR_SET_PDEATHSIG = 1;

    // Its flags lie in memory, where no filter can look; libc then takes clone.
    private const uint Clone3 = 435;

    // Pairs of numbers, of x86-64 and of arm64; -1 where there is no such call. Plain data of the program file: nothing is run to make it.
    private static ReadOnlySpan<short> Refused =>
    [
        // socket, connect, accept, bind, listen, accept4: nobody is spoken to.
        41, 198, 42, 203, 43, 202, 49, 200, 50, 201, 288, 242,

        // fork, vfork; clone is looked at below.
        57, -1, 58, -1,

        // chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat, utime, utimes, futimesat, utimensat, truncate.
        90, -1, 91, 52, 268, 53, 452, 452, 92, -1, 93, 55, 94, -1, 260, 54, 132, -1, 235, -1, 261, -1, 280, 88, 76, 45,

        // setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr, setxattrat, removexattrat.
        188, 5, 189, 6, 190, 7, 197, 14, 198, 15, 199, 16, 463, 463, 466, 466,

        // ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_open, pidfd_getfd, pidfd_send_signal, process_madvise, process_mrelease.
        101, 117, 310, 270, 311, 271, 312, 272, 434, 434, 438, 438, 424, 424, 440, 440, 448, 448,

        // io_uring: it opens sockets behind the filter's back.
        425, 425, 426, 426, 427, 427,

        // bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl.
        321, 280, 298, 241, 323, 282, 248, 217, 249, 218, 250, 219,

        // mount, umount2, pivot_root, chroot, unshare, setns, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr.
        165, 40, 166, 39, 155, 41, 161, 51, 272, 97, 308, 268, 428, 428, 429, 429, 430, 430, 431, 431, 432, 432, 433, 433, 442, 442,

        // name_to_handle_at, open_by_handle_at, fanotify_init, quotactl, quotactl_fd, acct, swapon, swapoff.
        303, 264, 304, 265, 300, 262, 179, 60, 443, 443, 163, 89, 167, 224, 168, 225,

        // init_module, finit_module, delete_module, kexec_load, kexec_file_load, reboot, iopl, ioperm, modify_ldt, personality.
        175, 105, 313, 273, 176, 106, 246, 104, 320, 294, 169, 142, 172, -1, 173, -1, 154, -1, 135, 92,

        // settimeofday, clock_settime, adjtimex, clock_adjtime, sethostname, setdomainname, setpriority.
        164, 170, 227, 112, 159, 171, 305, 266, 170, 161, 171, 162, 141, 140,
    ];

    // kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo: to nobody but oneself.
    private static ReadOnlySpan<short> Signals => [62, 129, 200, 130, 234, 131, 129, 138, 297, 240];

    /// <summary>True where the kernel and this architecture have such filters.</summary>
    public static bool IsAvailable =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64
        && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0, 0, 0) != 0 && Marshal.GetLastPInvokeError() == EFAULT;

    /// <summary>Lays the filter down in memory, for <see cref="Install"/>.</summary>
    /// <returns>Its address, never given back; null where there are none.</returns>
    public static void* Prepare()
    {
        if (!IsAvailable)
        {
            return null;
        }

        Instruction[] program = Build(RuntimeInformation.ProcessArchitecture == Architecture.X64, (uint)Environment.ProcessId);
        Instruction* list = (Instruction*)NativeMemory.Alloc((nuint)program.Length, (nuint)sizeof(Instruction));
        for (int i = 0; i < program.Length; i++)
        {
            list[i] = program[i];
        }

        FilterProgram* filter = (FilterProgram*)NativeMemory.Alloc((nuint)sizeof(FilterProgram));
        *filter = new() { Length = (ushort)program.Length, Instructions = list };
        return filter;
    }

    /// <summary>Takes the calls away from this thread and from all that it becomes. Needs no new privileges to be forbidden.</summary>
    /// <param name="filter">From <see cref="Prepare"/>; null does nothing.</param>
    public static void Install(void* filter)
    {
        if (filter != null)
        {
            _ = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nuint)filter, 0, 0);
        }
    }

    /// <summary>The program. Plain loops over an array: this runs at the start of every child, and all of it is compiled for that one run.</summary>
    /// <param name="isX64">For x86-64; else for arm64.</param>
    /// <param name="self">Process id of whoever it is for.</param>
    internal static Instruction[] Build(bool isX64, uint self)
    {
        Instruction[] program = new Instruction[MostInstructions];
        int count = 0;

        // A call by the rules of another architecture has other numbers.
        Put(LoadWord, 0, 0, ArchitectureAt);
        Put(JumpIfEqual, 1, 0, isX64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64);
        Put(Return, 0, 0, NotImplemented);
        Put(LoadWord, 0, 0, NumberAt);
        if (isX64)
        {
            Put(JumpIfAtLeast, 0, 1, FirstX32Call);
            Put(Return, 0, 0, NotImplemented);
        }

        Put(JumpIfEqual, 0, 1, Clone3);
        Put(Return, 0, 0, NotImplemented);
        for (int i = isX64 ? 0 : 1; i < Refused.Length; i += 2)
        {
            if (Refused[i] >= 0)
            {
                Put(JumpIfEqual, 0, 1, (uint)Refused[i]);
                Put(Return, 0, 0, NotPermitted);
            }
        }

        // Each of the following ends in every branch, as it loads something else than the number.
        for (int i = isX64 ? 0 : 1; i < Signals.Length; i += 2)
        {
            Put(JumpIfEqual, 0, 4, (uint)Signals[i]);
            Put(LoadWord, 0, 0, Argument(0));
            Put(JumpIfEqual, 0, 1, self);
            Put(Return, 0, 0, Allow);
            Put(Return, 0, 0, NotPermitted);
        }

        // clone: threads, but no processes.
        Put(JumpIfEqual, 0, 4, isX64 ? 56u : 220);
        Put(LoadWord, 0, 0, Argument(0));
        Put(JumpIfAnySet, 0, 1, CLONE_THREAD);
        Put(Return, 0, 0, Allow);
        Put(Return, 0, 0, NotPermitted);

        // socketpair: a pipe in both directions. Other kinds could be sent elsewhere.
        Put(JumpIfEqual, 0, 7, isX64 ? 53u : 199);
        Put(LoadWord, 0, 0, Argument(0));
        Put(JumpIfEqual, 0, 4, AF_UNIX);
        Put(LoadWord, 0, 0, Argument(1));
        Put(And, 0, 0, SOCK_TYPE_MASK);
        Put(JumpIfEqual, 0, 1, SOCK_STREAM);
        Put(Return, 0, 0, Allow);
        Put(Return, 0, 0, NotPermitted);

        // prctl: whoever is to end with us stays so.
        Put(JumpIfEqual, 0, 4, isX64 ? 157u : 167);
        Put(LoadWord, 0, 0, Argument(0));
        Put(JumpIfEqual, 0, 1, PR_SET_PDEATHSIG);
        Put(Return, 0, 0, NotPermitted);
        Put(Return, 0, 0, Allow);

        // prlimit64: one's own limits, which nobody without rights may raise; those of others may be read. The third argument points to
        // new ones; it is 0 in both halves or not at all.
        Put(JumpIfEqual, 0, 8, isX64 ? 302u : 261);
        Put(LoadWord, 0, 0, Argument(0));
        Put(JumpIfEqual, 4, 0, 0);
        Put(LoadWord, 0, 0, Argument(2));
        Put(JumpIfEqual, 0, 3, 0);
        Put(LoadWord, 0, 0, Argument(2) + 4);
        Put(JumpIfEqual, 0, 1, 0);
        Put(Return, 0, 0, Allow);
        Put(Return, 0, 0, NotPermitted);

        Put(Return, 0, 0, Allow);
        return program[..count];

        void Put(ushort code, byte whenTrue, byte whenFalse, uint value) => program[count++] = new(code, whenTrue, whenFalse, value);

        static uint Argument(uint index) => ArgumentsAt + (8 * index);
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Instruction(ushort code, byte whenTrue, byte whenFalse, uint value)
    {
        /// <summary>What to do.</summary>
        public ushort Code { get; } = code;

        /// <summary>Instructions to pass over.</summary>
        public byte WhenTrue { get; } = whenTrue;

        /// <summary>The same, otherwise.</summary>
        public byte WhenFalse { get; } = whenFalse;

        /// <summary>A place, a number or an answer.</summary>
        public uint Value { get; } = value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
