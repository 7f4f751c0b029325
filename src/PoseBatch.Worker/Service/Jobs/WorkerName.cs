using PoseBatch.Results.Interop;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Names of workers: <c>machine:process:start</c>, see <see cref="ProcessIdentity"/>.</summary>
internal static class WorkerName
{
    /// <summary>This process.</summary>
    public static string Self { get; } = ProcessIdentity.Self.ToText(':');

    /// <summary>True when the name is of this machine and no such process lives.</summary>
    public static bool IsKnownDead(string name) => ProcessIdentity.Parse(name, ':')?.IsKnownDead == true;
}
