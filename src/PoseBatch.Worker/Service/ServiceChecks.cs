using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Worker.Service;

/// <summary>What is looked at before a service starts.</summary>
internal static class ServiceChecks
{
    /// <summary>Refuses settings that do not fit together; says in the log what protects the machine less than it could.</summary>
    /// <exception cref="SettingsException">The settings do not fit together.</exception>
    public static void Check(Settings settings, ILogger logger)
    {
        LogRights(settings, logger);
        ServiceAddress.Check(settings.Service);
        VideoJobs.Check(JobDefaults.Of(settings));
        CheckFolders(settings);
    }

    private static void LogRights(Settings settings, ILogger logger)
    {
        if (Environment.IsPrivilegedProcess)
        {
            ServiceLog.RunsAsRoot(logger);
        }

        foreach (string lack in SelfLauncher.Lacks(settings))
        {
            ServiceLog.NotConfined(logger, lack);
        }
    }

    // Of two uses of one folder each would take the other's files for its own.
    private static void CheckFolders(Settings settings)
    {
        if (settings.Inbox.Path.Length == 0)
        {
            return;
        }

        string inbox = Real(settings.Inbox.Path);
        (string Name, string Path, string Harm)[] others =
        [
            ("Output:Root", settings.Output.Root, "results would lie among the videos"),
            ("Jobs:Folder", settings.Jobs.Folder, "profiles would be taken for jobs"),
        ];
        string[] problems =
        [
            .. others.Where(other => other.Path.Length > 0 && Real(other.Path) == inbox)
                .Select(other => $"Inbox:Path and {other.Name} are the same folder, '{inbox}': {other.Harm}. Give each a folder of its own; one may lie in the other."),
        ];
        if (problems.Length > 0)
        {
            throw new SettingsException(problems);
        }
    }

    private static string Real(string folder)
    {
        try
        {
            return RealPath.Of(folder);
        }
        catch (IOException circle)
        {
            throw new SettingsException([circle.Message]);
        }
    }
}
