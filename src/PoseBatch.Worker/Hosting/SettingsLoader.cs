using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace PoseBatch.Worker.Hosting;

/// <summary>A configuration that cannot be used: names every key that is unknown or has a bad value.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One sentence per problem.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>
/// Reads appsettings.json beside the program, then the file named by <c>--config</c>, then environment variables
/// (<c>POSEBATCH__Inference__Workers=2</c>). Later ones win. Unknown keys and bad values stop the program by name.
/// </summary>
public static class SettingsLoader
{
    /// <summary>Environment variables that start with it are settings.</summary>
    public const string EnvironmentPrefix = "POSEBATCH__";

    private const string Serilog = "Serilog";

    /// <summary>Reads and checks all settings.</summary>
    /// <param name="configFile">A file named by the user, or null.</param>
    /// <exception cref="SettingsException">An unknown key, a bad value, or a file that is missing or not JSON.</exception>
    public static (Settings Settings, IConfiguration Configuration) Load(string? configFile)
    {
        if (configFile is not null && !File.Exists(configFile))
        {
            throw new SettingsException([$"The configuration file {configFile} does not exist."]);
        }

        IConfigurationRoot configuration;
        try
        {
            ConfigurationBuilder builder = new();
            builder.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
            if (configFile is not null)
            {
                builder.AddJsonFile(Path.GetFullPath(configFile), optional: false);
            }

            configuration = builder.AddEnvironmentVariables(EnvironmentPrefix).Build();
        }
        catch (Exception failure) when (failure is InvalidDataException or FormatException or IOException)
        {
            throw new SettingsException([$"The configuration cannot be read: {failure.Message} {failure.GetBaseException().Message}".TrimEnd()]);
        }

        Settings settings = Bind(configuration);
        FileRights.Withhold(settings.Output.Umask);
        return (settings, configuration);
    }

    /// <summary>Binds and checks every section.</summary>
    /// <exception cref="SettingsException">Names every problem.</exception>
    public static Settings Bind(IConfiguration configuration)
    {
        List<string> problems = [];
        string[] known = [.. typeof(Settings).GetProperties().Select(property => property.Name), Serilog];
        foreach (IConfigurationSection section in configuration.GetChildren())
        {
            if (!known.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add($"{section.Key}: unknown section; known are {string.Join(", ", known)}.");
            }
        }

        Settings settings = new()
        {
            Decode = Section<DecodeSettings>(configuration, nameof(Settings.Decode), problems),
            Models = Section<ModelSettings>(configuration, nameof(Settings.Models), problems),
            Inference = Section<InferenceSettings>(configuration, nameof(Settings.Inference), problems),
            Poses = Section<PoseSettings>(configuration, nameof(Settings.Poses), problems),
            Tracking = Section<TrackingSettings>(configuration, nameof(Settings.Tracking), problems),
            Smoothing = Section<SmoothingSettings>(configuration, nameof(Settings.Smoothing), problems),
            Output = Section<OutputSettings>(configuration, nameof(Settings.Output), problems),
            Inbox = Section<InboxSettings>(configuration, nameof(Settings.Inbox), problems),
            Jobs = Section<JobSettings>(configuration, nameof(Settings.Jobs), problems),
            Service = Section<ServiceSettings>(configuration, nameof(Settings.Service), problems),
        };
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    private static T Section<T>(IConfiguration configuration, string name, List<string> problems)
        where T : class, new()
    {
        IConfigurationSection section = configuration.GetSection(name);
        string[] keys = [.. typeof(T).GetProperties().Select(property => property.Name)];
        bool allKnown = true;
        foreach (IConfigurationSection key in section.GetChildren())
        {
            if (!keys.Contains(key.Key, StringComparer.OrdinalIgnoreCase))
            {
                allKnown = false;
                problems.Add($"{name}:{key.Key}: unknown key; known are {string.Join(", ", keys)}.");
            }
        }

        if (!allKnown)
        {
            return new T();
        }

        T bound;
        try
        {
            bound = section.Get<T>() ?? new T();
        }
        catch (InvalidOperationException failure)
        {
            problems.Add($"{name}: {failure.Message}");
            return new T();
        }

        foreach (PropertyInfo list in typeof(T).GetProperties().Where(property => property.PropertyType == typeof(IReadOnlyList<string>)))
        {
            // One text, as an environment variable has it, stands for all entries there were.
            if (section[list.Name] is { Length: > 0 } text)
            {
                list.SetValue(bound, text.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            }
        }

        List<ValidationResult> results = [];
        if (!Validator.TryValidateObject(bound, new ValidationContext(bound), results, validateAllProperties: true))
        {
            problems.AddRange(results.Select(result =>
                $"{name}:{string.Join(",", result.MemberNames)} = {section[result.MemberNames.FirstOrDefault() ?? string.Empty]}: {result.ErrorMessage}"));
        }

        return bound;
    }
}
