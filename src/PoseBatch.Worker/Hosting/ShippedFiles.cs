namespace PoseBatch.Worker.Hosting;

/// <summary>Files that travel with the program.</summary>
internal static class ShippedFiles
{
    /// <summary>A generated clip: a figure and a scene that no training picture has.</summary>
    public static string DemoClip { get; } = Path.Combine(AppContext.BaseDirectory, "demo", "demo.mp4");
}
