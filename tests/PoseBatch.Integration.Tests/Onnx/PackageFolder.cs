using System.Security.Cryptography;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;
using PoseBatch.Poses;

namespace PoseBatch.Onnx;

/// <summary>A temporary folder of packages made by a test; gone when the test ends.</summary>
internal sealed class PackageFolder : IDisposable
{
    private static readonly Skeleton ThreeJoints = new("three", ["a", "b", "c"], [(0, 1)], []);

    public string Root { get; } = Directory.CreateTempSubdirectory("posebatch-test-").FullName;

    public ModelCatalog Catalog => new([Root], []);

    public static OnnxOptions Cpu { get; } = new() { Provider = ProviderChoice.Cpu };

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Writes a package whose one output is a heat map of three joints, one cell per input pixel.</summary>
    public ModelPackage Write(string name, byte[] onnx, TensorType type = TensorType.Float32, TensorLayout layout = TensorLayout.Nchw, int side = 4)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Root, name)).FullName;
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), onnx);
        File.WriteAllText(Path.Combine(folder, "model.json"), ModelJson.Write(Describe(name, onnx, type, layout, side)));
        return Catalog.Resolve(name);
    }

    public OnnxPoseModel Load(byte[] onnx, OnnxOptions? options = null, TensorType type = TensorType.Float32, TensorLayout layout = TensorLayout.Nchw) =>
        OnnxModelLoader.Load(Write($"tiny-{Directory.GetDirectories(Root).Length}", onnx, type, layout), options ?? Cpu);

    public static ModelDescription Describe(
        string name, byte[] onnx, TensorType type = TensorType.Float32, TensorLayout layout = TensorLayout.Nchw, int side = 4) => new()
        {
            Name = name,
            Family = "topdown-heatmap",
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(onnx)),
            Licence = "Apache-2.0",
            Origin = "made by a test",
            Input = new()
            {
                Name = "image",
                Layout = layout,
                Type = type,
                Size = new(side, side),
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.Stretch,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            },
            Outputs = [new("heatmap", "map", TensorLayout.Nchw)],
            Decoder = new Dictionary<string, object> { ["stride"] = 1.0, ["refinement"] = "quarter", ["box_scale"] = 1.25 },
            Skeleton = ThreeJoints,
        };
}
