using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Which models a job may name: a package by its name, a file or folder below the allowed roots or the model folders, and what the
/// settings name themselves. A network from anywhere else would be opened with the rights of the service. Thread-safe.
/// </summary>
/// <param name="settings">Of the service.</param>
/// <param name="roots">Folders that sources may lie in, too.</param>
internal sealed class AllowedModels(Settings settings, IReadOnlyList<string> roots)
{
    /// <summary>Why a job may not name that model; null when it may, whether it is there or not.</summary>
    /// <param name="model">As the job names it; null or empty for none.</param>
    public string? ProblemOf(string? model)
    {
        if (string.IsNullOrEmpty(model) || model == settings.Models.Default || model == settings.Models.Detector)
        {
            return null;
        }

        if (model.Contains('\0', StringComparison.Ordinal))
        {
            return "must name a model package.";
        }

        // A bare name is looked for among the packages, unless the current folder has something of that name.
        bool isName = model.AsSpan().IndexOfAny('/', '\\') < 0 && model is not ("." or "..");
        if (isName && !Path.Exists(model))
        {
            return null;
        }

        try
        {
            string real = RealPath.Of(model);
            return roots.Concat(ModelFolders.All(settings)).Any(folder => RealPath.IsWithin(real, RealPath.Of(folder))) ? null
                : $"'{model}' is neither the name of a model package nor a path below the allowed roots ({string.Join(", ", roots.Select(Path.GetFullPath))}). "
                    + "Name a package (posebatch models list shows them; models add adds one), or put the model below one of the roots.";
        }
        catch (IOException circle)
        {
            return circle.Message;
        }
    }
}
