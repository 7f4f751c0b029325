using PoseBatch.Results.Format;
using PoseBatch.Results.Interop;
using PoseBatch.Tables;

namespace PoseBatch.Results.Writing;

/// <summary>Gives a complete work folder its final name.</summary>
internal static class AtomicPublish
{
    /// <summary>
    /// Renames <paramref name="work"/> to <paramref name="final"/>. When a result is replaced, the old one lies at
    /// <paramref name="work"/> afterwards (the two were exchanged in one step) or is gone.
    /// </summary>
    /// <exception cref="PoseBatchException">output_conflict.</exception>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static void Publish(string work, string final, OverwriteRule overwrite)
    {
        if (overwrite == OverwriteRule.Replace && Directory.Exists(final))
        {
            Replace(work, final);
        }
        else
        {
            Name(work, final);
        }

        Libc.FlushFolder(System.IO.Path.GetDirectoryName(final)!);
    }

    private static void Name(string work, string final)
    {
        int error = Libc.RenameWithoutReplacing(work, final);
        if (error is Libc.EEXIST or Libc.ENOTEMPTY || (error != 0 && (Directory.Exists(final) || File.Exists(final))))
        {
            throw File.Exists(final) ? OutputFault.FileInTheWay(final) : OutputFault.ResultExists(final);
        }

        if (error != 0)
        {
            // Not every file system knows the careful rename. This one refuses an existing target too, only less atomically.
            Directory.Move(work, final);
        }
    }

    private static void Replace(string work, string final)
    {
        if (Libc.Exchange(work, final) == 0)
        {
            return;
        }

        string aside = work + ".old";
        Directory.Move(final, aside);
        try
        {
            Name(work, final);
        }
        catch
        {
            Directory.Move(aside, final);
            throw;
        }

        Directory.Delete(aside, recursive: true);
    }
}
