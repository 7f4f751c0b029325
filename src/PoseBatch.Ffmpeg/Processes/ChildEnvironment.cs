using System.Collections;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>
/// What a child gets to know of our environment: nothing but what finds programs, libraries, fonts and the language. Keys and
/// passwords of the service are in its environment, too, and a decoder that was taken over would read them first.
/// </summary>
internal static class ChildEnvironment
{
    private static readonly string[] PassedOn =
        ["PATH", "LD_LIBRARY_PATH", "LANG", "LANGUAGE", "LOCPATH", "TZ", "FONTCONFIG_FILE", "FONTCONFIG_PATH"];

    /// <summary>Whether a variable is passed on.</summary>
    public static bool IsPassedOn(string name) => Array.IndexOf(PassedOn, name) >= 0 || name.StartsWith("LC_", StringComparison.Ordinal);

    /// <summary>The variables of a child, of which none changes what is read back from it.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value } && IsPassedOn(name))
            {
                yield return new(name, value);
            }
        }

        yield return new("AV_LOG_FORCE_NOCOLOR", "1");
    }

    /// <summary>The same as <c>NAME=value</c>, in one plain loop: the launcher runs it at the start of every child.</summary>
    public static List<string> Lines()
    {
        List<string> lines = ["AV_LOG_FORCE_NOCOLOR=1"];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value } && IsPassedOn(name))
            {
                lines.Add(name + "=" + value);
            }
        }

        return lines;
    }

    /// <summary>What the launcher, a .NET program, needs besides; it does not pass it on.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ForLauncher()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value } && name.StartsWith("DOTNET_", StringComparison.Ordinal))
            {
                yield return new(name, value);
            }
        }

        // What the runtime lays into the temporary folder for debuggers and tools would stay there, three files per child.
        yield return new("DOTNET_EnableDiagnostics", "0");
    }
}
