using System.Globalization;
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
        OutputRefusal.ReasonOf(fault),
        $"{path} cannot be written: {Words(fault)}. Nothing was installed.",
        "Check free space and rights of the model folder (Models:Root).",
        fault);

    /// <summary>Other bytes than the catalogue's.</summary>
    public static PoseBatchException WrongHash(string what, string expected, string actual) => new(
        ReasonCode.ModelMismatch,
        $"{what} is not the file that was expected: its SHA-256 is {actual}, not {expected}. Nothing was installed.",
        "It may have been changed at its source or on the way. If you know this file to be right, give its hash with --sha256.");

    /// <summary>Other bytes than the user's hash says.</summary>
    public static PoseBatchException WrongGivenHash(string what, string given, string actual) => new(
        ReasonCode.ModelMismatch,
        $"{what} has the SHA-256 {actual}, not {given} as --sha256 says. Nothing was installed.",
        "Without --sha256 it is compared with what the catalogue states.");

    /// <summary>Fewer bytes than the catalogue's.</summary>
    public static PoseBatchException CutOff(string what, long actual, long expected) => new(
        ReasonCode.ModelMismatch,
        string.Create(CultureInfo.InvariantCulture, $"{what} has {actual:N0} of {expected:N0} bytes: it was cut off. Nothing was installed."),
        "Fetch it again.");

    // The system's own words; .NET puts the path behind them once more.
    private static string Words(Exception fault) => fault.Message.Split(" : '")[0].TrimEnd('.');
}
