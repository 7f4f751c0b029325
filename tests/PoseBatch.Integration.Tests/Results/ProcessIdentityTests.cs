using System.Diagnostics;
using PoseBatch.Results.Interop;

namespace PoseBatch.Results;

/// <summary>Who is known to be dead: never a process of another machine, whatever that is called.</summary>
public sealed class ProcessIdentityTests
{
    [Theory]
    [InlineData("lab", "3f2a91c0-1b2c-4d5e-8f90-123456789abc\n", "pid:[4026531836]", "lab/3f2a91c0/4026531836")]
    [InlineData("lab", null, null, "lab")]
    [InlineData("lab", "short", "pid:[7]", "lab/7")]
    public void A_machine_is_host_boot_and_pid_namespace(string host, string? boot, string? space, string machine) =>
        Assert.Equal(machine, ProcessIdentity.MachineOf(host, boot, space));

    [Fact]
    public void This_process_lives_and_is_found_again_from_its_text()
    {
        Assert.False(ProcessIdentity.Self.IsKnownDead);
        Assert.Equal(ProcessIdentity.Self, ProcessIdentity.Parse(ProcessIdentity.Self.ToText(':'), ':'));
        Assert.Equal(ProcessIdentity.Self, ProcessIdentity.Parse(ProcessIdentity.Self.ToText('\n'), '\n'));
    }

    [Fact]
    public void A_process_of_this_machine_that_has_ended_is_known_to_be_dead()
    {
        using Process ended = Process.Start("true");
        int id = ended.Id;
        long began = ProcessIdentity.Self.StartedUnixSeconds;
        ended.WaitForExit();

        Assert.True((ProcessIdentity.Self with { ProcessId = id, StartedUnixSeconds = began }).IsKnownDead);
    }

    [Fact]
    public void A_number_that_another_process_has_by_now_is_known_to_be_dead() =>
        Assert.True((ProcessIdentity.Self with { StartedUnixSeconds = ProcessIdentity.Self.StartedUnixSeconds - 60 }).IsKnownDead);

    [Fact]
    public void Of_another_machine_nobody_is_known_to_be_dead()
    {
        string[] parts = ProcessIdentity.Self.Machine.Split('/');
        string sameName = $"{parts[0]}/00000000/1";

        Assert.False((ProcessIdentity.Self with { Machine = sameName, ProcessId = int.MaxValue }).IsKnownDead);
        Assert.False((ProcessIdentity.Self with { Machine = parts[0], ProcessId = int.MaxValue }).IsKnownDead);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lab:1")]
    [InlineData(":1:2")]
    [InlineData("lab:one:2")]
    [InlineData("lab:-1:2")]
    [InlineData("lab:1:2:3")]
    public void Anything_else_is_no_name(string text) => Assert.Null(ProcessIdentity.Parse(text, ':'));
}
