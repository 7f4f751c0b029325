using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Says why jobs of a folder's profile would be refused or could not run.</summary>
internal static class ProfileProblem
{
    /// <summary>In words; null when they can run.</summary>
    public static string? Of(JobSpec spec, JobSubmitter submitter, Settings settings)
    {
        // Where the profile names none, those of the settings run; whether they can is the readiness of the service.
        JobModel models = spec.Model is { Name: null, Detector: null } ? spec.Model : submitter.ModelsOf(spec);
        return submitter.ProblemOf(spec) ?? OfModel(settings, "model.name", models.Name) ?? OfModel(settings, "model.detector", models.Detector);
    }

    private static string? OfModel(Settings settings, string field, string? name)
    {
        try
        {
            _ = string.IsNullOrEmpty(name) ? null : ModelFolders.Locate(settings, name);
            return null;
        }
        catch (PoseBatchException missing)
        {
            return $"{field}: {missing.Message}";
        }
    }
}
