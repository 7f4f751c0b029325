namespace PoseBatch.Worker.Cli.Demo;

/// <summary>The clip that travels with the program, and the files the demo leaves in the user's folder.</summary>
/// <param name="folder">Full path of the user's folder.</param>
internal sealed class DemoFiles(string folder)
{
    /// <summary>Its exact joints.</summary>
    public static string Truth { get; } = Path.Combine(AppContext.BaseDirectory, "demo", "demo.joints.json");

    public string Folder { get; } = folder;

    /// <summary>Holds the result's folder.</summary>
    public string TablesRoot { get; } = Path.Combine(folder, "tables");

    public string AnnotatedVideo { get; } = Path.Combine(folder, "annotated.mp4");

    public string ContactSheet { get; } = Path.Combine(folder, "contact-sheet.png");

    public string Report { get; } = Path.Combine(folder, "report.html");
}
