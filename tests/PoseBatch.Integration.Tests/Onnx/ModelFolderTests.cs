using PoseBatch.Families;
using PoseBatch.Ffmpeg;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;

namespace PoseBatch.Onnx;

/// <summary>Finding, inspecting, listing and adding packages, and every way in which a folder can be wrong.</summary>
public sealed class ModelFolderTests : IDisposable
{
    private static readonly byte[] Onnx = TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N");
    private readonly PackageFolder _packages = new();

    public void Dispose() => _packages.Dispose();

    [Fact]
    public void A_package_is_found_by_folder_by_file_and_by_name()
    {
        ModelPackage package = _packages.Write("three", Onnx);

        Assert.Equal(package, Same(package, _packages.Catalog.Resolve("three")));
        Assert.Equal(package, Same(package, new ModelCatalog([], []).Resolve(Path.Combine(_packages.Root, "three"))));
        Assert.Equal(package, Same(package, new ModelCatalog([], []).Resolve(Path.Combine(_packages.Root, "three", "model.onnx"))));
    }

    [Fact]
    public void A_file_is_described_by_the_json_of_its_own_name()
    {
        string path = Path.Combine(_packages.Root, "mine.onnx");
        File.WriteAllBytes(path, Onnx);
        File.WriteAllText(Path.ChangeExtension(path, ".json"), ModelJson.Write(PackageFolder.Describe("mine", Onnx)));

        Assert.Equal("mine", new ModelCatalog([], []).Resolve(path).Description.Name);
    }

    [Fact]
    public void A_second_network_in_a_folder_does_not_take_the_description_of_the_first()
    {
        ModelPackage package = _packages.Write("three", Onnx);
        string second = Path.Combine(package.Folder, "model-b4.onnx");
        byte[] onnx = TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, 4);
        File.WriteAllBytes(second, onnx);
        string known = Directory.CreateDirectory(Path.Combine(_packages.Root, ".known")).FullName;
        File.WriteAllText(Path.Combine(known, "three.b4.json"), ModelJson.Write(PackageFolder.Describe("three-b4", onnx)));

        Assert.Equal("three-b4", new ModelCatalog([], [known]).Resolve(second).Description.Name);
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("../absent")]
    [InlineData("absent/model.onnx")]
    public void What_is_not_there_is_model_missing(string model)
    {
        _packages.Write("three", Onnx);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Catalog.Resolve(model));

        Assert.Equal(ReasonCode.ModelMissing, fault.Reason);
        Assert.Contains(model, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Advice);
    }

    [Fact]
    public void A_name_does_not_lead_out_of_the_model_folder()
    {
        _packages.Write("three", Onnx);
        ModelCatalog inner = new([Directory.CreateDirectory(Path.Combine(_packages.Root, "inner")).FullName], []);

        Assert.Throws<PoseBatchException>(() => inner.Resolve("../three"));
    }

    [Fact]
    public void A_folder_without_a_network_is_model_missing_and_names_what_it_has()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_packages.Root, "odd")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "net.onnx"), Onnx);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Catalog.Resolve(folder));

        Assert.Equal(ReasonCode.ModelMissing, fault.Reason);
        Assert.Contains("net.onnx", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_nobody_described_is_told_with_its_tensors()
    {
        string path = Path.Combine(_packages.Root, "unknown.onnx");
        File.WriteAllBytes(path, Onnx);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Catalog.Resolve(path));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("inputs image float32 [N,3,4,4]; outputs map float32 [N,3,4,4]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("docs/models.md", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_network_is_model_mismatch_with_both_hashes()
    {
        ModelPackage package = _packages.Write("three", Onnx);
        File.WriteAllBytes(package.ModelPath, TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "M"));

        PoseBatchException fault = Assert.Throws<PoseBatchException>(
            () => OnnxModelLoader.Load(_packages.Catalog.Resolve("three"), PackageFolder.Cpu));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains($"sha256: model.json says {package.Sha256}, the file has ", fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Broken => new()
    {
        { "text", "version https://git-lfs.github.com/spec/v1"u8.ToArray() },
        { "noise", [.. Enumerable.Range(0, 5000).Select(index => (byte)(index * 7919 >> 3))] },
        { "half", Onnx[..(Onnx.Length / 2)] },
        { "most", Onnx[..^1] },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_file_that_is_no_network_is_model_mismatch(string name, byte[] content)
    {
        ModelPackage package = _packages.Write(name, content);

        PoseBatchException loading = Assert.Throws<PoseBatchException>(() => OnnxModelLoader.Load(package, PackageFolder.Cpu));
        PoseBatchException inspecting = Assert.Throws<PoseBatchException>(() => ModelInspector.TensorsOf(package.ModelPath));

        Assert.Equal(ReasonCode.ModelMismatch, loading.Reason);
        Assert.Equal(ReasonCode.ModelMismatch, inspecting.Reason);
        Assert.Contains(package.ModelPath, loading.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_model_mismatch()
    {
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Write("empty", []));
        PoseBatchException inspecting = Assert.Throws<PoseBatchException>(
            () => ModelInspector.TensorsOf(Path.Combine(_packages.Root, "empty", "model.onnx")));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Equal(ReasonCode.ModelMismatch, inspecting.Reason);
        Assert.Contains("empty", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fifo_is_no_network_and_is_not_waited_for(bool isLinked)
    {
        string folder = Path.GetDirectoryName(_packages.Write("pipe", Onnx).ModelPath)!;
        string fifo = Path.Combine(folder, "fifo.onnx");
        Clips.Run("mkfifo", fifo);
        string named = isLinked ? Path.Combine(folder, "link.onnx") : fifo;
        if (isLinked)
        {
            File.CreateSymbolicLink(named, fifo);
        }

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Catalog.Resolve(named));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("no regular file", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_vanished_after_it_was_found_is_model_missing()
    {
        ModelPackage package = _packages.Write("three", Onnx);
        File.Delete(package.ModelPath);

        Assert.Equal(ReasonCode.ModelMissing, Assert.Throws<PoseBatchException>(() => OnnxModelLoader.Load(package, PackageFolder.Cpu)).Reason);
    }

    [Fact]
    public void A_listing_names_every_package_and_what_is_wrong_with_the_broken_ones()
    {
        _packages.Write("good", Onnx);
        ModelPackage broken = _packages.Write("broken", Onnx);
        File.WriteAllText(broken.DescriptionPath, "{");

        IReadOnlyList<ListedModel> listed = new ModelStore(_packages.Catalog).List();

        Assert.Equal(["broken", "good"], listed.Select(one => one.Name));
        Assert.Contains("is not JSON", listed[0].Problem, StringComparison.Ordinal);
        Assert.Null(listed[1].Problem);
        Assert.Equal("good", listed[1].Package!.Description.Name);
    }

    [Fact]
    public void An_inspection_shows_tensors_even_without_a_description()
    {
        string path = Path.Combine(_packages.Root, "unknown.onnx");
        File.WriteAllBytes(path, Onnx);

        ModelInspection inspection = new ModelStore(_packages.Catalog).Inspect(path);

        Assert.Null(inspection.Package);
        Assert.Single(inspection.Problems);
        Assert.Equal("image", inspection.Tensors.Inputs[0].Name);
        Assert.Equal(Onnx.Length, inspection.Bytes);
    }

    [Fact]
    public void A_package_is_added_whole_and_adding_it_again_changes_nothing()
    {
        ModelPackage source = _packages.Write("three", Onnx);
        string models = Path.Combine(_packages.Root, "models");
        ModelStore store = new(_packages.Catalog);

        ModelPackage added = store.Add("three", models, "copy");
        ModelPackage again = store.Add("three", models, "copy");

        Assert.Equal(Path.Combine(models, "copy", "model.onnx"), added.ModelPath);
        Assert.Equal(source.Sha256, added.Sha256);
        Assert.Equal(added.ModelPath, again.ModelPath);
        Assert.Equal(["copy"], Directory.GetFileSystemEntries(models).Select(Path.GetFileName));
        using OnnxPoseModel model = OnnxModelLoader.Load(added, PackageFolder.Cpu);
        Assert.Equal("three", model.Description.Name);
    }

    [Fact]
    public void A_name_that_is_taken_by_another_network_is_a_conflict()
    {
        _packages.Write("three", Onnx);
        _packages.Write("other", TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "M"));
        string models = Path.Combine(_packages.Root, "models");
        ModelStore store = new(_packages.Catalog);
        store.Add("three", models, "same");

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => store.Add("other", models, "same"));

        Assert.Equal(ReasonCode.OutputConflict, fault.Reason);
    }

    [Theory]
    [InlineData("../out")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("")]
    public void A_package_cannot_be_added_under_a_name_that_is_no_plain_folder_name(string name)
    {
        _packages.Write("three", Onnx);

        Assert.Throws<PoseBatchException>(() => new ModelStore(_packages.Catalog).Add("three", Path.Combine(_packages.Root, "models"), name));
        Assert.False(Directory.Exists(Path.Combine(_packages.Root, "models")));
    }

    [Fact]
    public void A_package_that_does_not_fit_is_not_added()
    {
        ModelPackage package = _packages.Write("three", Onnx, TensorType.UInt8);
        string models = Path.Combine(_packages.Root, "models");

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => new ModelStore(_packages.Catalog).Add(package.Folder, models));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.False(Directory.Exists(models));
    }

    /// <summary>Descriptions hold lists, which records compare by identity; everything else must be equal.</summary>
    private static ModelPackage Same(ModelPackage expected, ModelPackage found)
    {
        Assert.Equal(ModelJson.Write(expected.Description), ModelJson.Write(found.Description));
        return found with { Description = expected.Description };
    }
}
