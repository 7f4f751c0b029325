using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>
/// The real networks of the reference folder, where there is one: <c>POSEBATCH_SHARED</c>, else <c>../shared</c> beside the
/// repository. Tests that need them are skipped, with that reason, where there is none.
/// </summary>
internal static class SharedModels
{
    public static string Repository { get; } = FindRepository();

    public static string Descriptions => Path.Combine(Repository, "tests", "data", "models");

    public static string Folder => Path.Combine(
        Environment.GetEnvironmentVariable("POSEBATCH_SHARED") ?? Path.Combine(Repository, "..", "shared"), "models");

    public static ModelCatalog Catalog => new([Folder], [Descriptions]);

    public static void Require() =>
        Assert.SkipUnless(Directory.Exists(Folder), "no reference folder with models: set POSEBATCH_SHARED or put it at ../shared");

    public static OnnxPoseModel Load(string model, OnnxOptions options)
    {
        Require();
        string path = model.EndsWith(".onnx", StringComparison.Ordinal) ? Path.Combine(Folder, model) : model;
        return OnnxModelLoader.Load(Catalog.Resolve(path), options);
    }

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PoseBatch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
