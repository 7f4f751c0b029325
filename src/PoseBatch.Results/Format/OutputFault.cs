using PoseBatch.Tables;

namespace PoseBatch.Results.Format;

/// <summary>Turns what the file system says into the reasons of the job contract.</summary>
internal static class OutputFault
{
    private const string Advice = "Free space or raise the quota, see whether the disk answers, then run the job again.";

    public static bool IsOutputFault(Exception fault) => fault is IOException or UnauthorizedAccessException;

    /// <summary>disk_full or output_unwritable, with the path and what can be done.</summary>
    public static PoseBatchException Unwritten(string path, Exception cause) => OutputRefusal.ReasonOf(cause) is not ReasonCode.OutputUnwritable
        ? new(ReasonCode.DiskFull, $"Cannot write to '{path}': {cause.Message}", Advice, cause)
        : OutputRefusal.IsReadOnly(cause)
            ? new(
                ReasonCode.OutputUnwritable,
                $"'{path}' cannot be written: its file system is mounted read-only.",
                "Mount it for writing, or name another output root; a job of the service goes on by itself when the read-only mount is over.",
                cause)
            : new(
                ReasonCode.OutputUnwritable,
                $"'{path}' may not be written by the user '{Environment.UserName}': {cause.Message}",
                $"Give the user '{Environment.UserName}' the right to write it, or name another output root; a job of the service goes on by itself then.",
                cause);

    /// <summary>
    /// output_conflict: a folder of that name is there already. As long as it is a complete result, that is
    /// <see cref="ResultExistsException"/> and no harm; one of which something is gone is in the way of what was asked for.
    /// </summary>
    public static PoseBatchException ResultExists(string path) => WholeResult.ProblemOf(path) is { } problem
        ? new PoseBatchException(
            ReasonCode.OutputConflict,
            $"'{path}' has the name of this result, but is not a complete one: {problem}.",
            "Move it away and run again, or have it replaced: --overwrite, or output.overwrite \"replace\" in a job.")
        : new ResultExistsException(path);

    /// <summary>output_conflict: a file lies where a folder has to be.</summary>
    public static PoseBatchException FileInTheWay(string path) =>
        new(ReasonCode.OutputConflict, $"'{path}' is a file, but a folder has to be there.", "Move the file away or choose another output root.");

    /// <summary>Runs a step of writing and explains its failure.</summary>
    public static void Explain(string path, Action step)
    {
        try
        {
            step();
        }
        catch (Exception fault) when (IsOutputFault(fault))
        {
            throw Unwritten(path, fault);
        }
    }
}
