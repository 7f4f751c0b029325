using PoseBatch.Tables;

namespace PoseBatch.Worker.Catalogue;

/// <summary>What a fetch that fails is answered with.</summary>
internal static class FetchFault
{
    private const string OtherWay = "Behind a proxy set HTTPS_PROXY (and NO_PROXY); or fetch it on another machine and give it with --from FILE.";

    /// <summary>It cannot be reached, or not as a whole.</summary>
    public static PoseBatchException OutOfReach(string address, string why, Exception? cause = null) =>
        new(ReasonCode.ModelMissing, $"{address} could not be fetched: {why}", OtherWay, cause);

    /// <summary>The folder of downloads or packages refuses.</summary>
    public static PoseBatchException Unwritable(string path, Exception fault) => new(
        OutputRefusal.ReasonOf(fault), $"{path} cannot be written: {fault.Message}", "Check free space and rights of the model folder (Models:Root).", fault);

    /// <summary>Other bytes than the catalogue's.</summary>
    public static PoseBatchException WrongHash(string what, string expected, string actual) => new(
        ReasonCode.ModelMismatch,
        $"{what} is not the file that was expected: its SHA-256 is {actual}, not {expected}. Nothing was installed.",
        "It may have been changed at its source or on the way. If you know this file to be right, give its hash with --sha256.");
}
