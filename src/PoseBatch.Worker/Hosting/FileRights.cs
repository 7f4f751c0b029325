using PoseBatch.Results.Interop;

namespace PoseBatch.Worker.Hosting;

/// <summary>The rights that new files and folders of this process do not get: tables, store, logs and pages tell of people.</summary>
internal static class FileRights
{
    private const int Octal = 8;

    /// <summary>Withholds rights beside those that are withheld already; nobody is given more than before.</summary>
    /// <param name="digits">Octal, as for <c>umask</c>.</param>
    public static void Withhold(string digits)
    {
        if (OperatingSystem.IsLinux())
        {
            uint wanted = Convert.ToUInt32(digits, Octal), before = Libc.Umask(wanted);
            _ = Libc.Umask(wanted | before);
        }
    }
}
