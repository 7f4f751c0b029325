using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx.Packages;

/// <summary>Looks at a network's file without running it: hash, tensors, and whether a description fits.</summary>
public static class ModelInspector
{
    /// <summary>SHA-256 of a file's bytes, lower-case hexadecimal.</summary>
    /// <exception cref="PoseBatchException">model_missing: it cannot be read. model_mismatch: it is empty, or no regular file.</exception>
    public static string HashOf(string path)
    {
        try
        {
            // Opening a FIFO waits for a writer, reading a device may never end; neither has a size.
            FileInfo found = new(path);
            FileInfo content = (FileInfo?)found.ResolveLinkTarget(returnFinalTarget: true) ?? found;
            if (content is { Exists: true, Length: 0 })
            {
                throw Empty(path);
            }

            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"{path} cannot be read: {fault.Message}", cause: fault);
        }
    }

    /// <summary>The tensors a file declares. Parses the file, runs nothing.</summary>
    /// <exception cref="PoseBatchException">model_missing: no such file. model_mismatch: it is not a network ONNX Runtime can read.</exception>
    public static ModelTensors TensorsOf(string path) => Open(path, TensorsOf);

    /// <summary>The same, and what whoever exported the network wrote into the file beside it: texts by name, unchecked.</summary>
    /// <inheritdoc cref="TensorsOf(string)"/>
    public static (ModelTensors Tensors, IReadOnlyDictionary<string, string> Metadata) DeclarationsOf(string path) =>
        Open(path, session => (TensorsOf(session), session.ModelMetadata.CustomMetadataMap));

    private static T Open<T>(string path, Func<InferenceSession, T> look)
    {
        if (!File.Exists(path))
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"The network {path} does not exist.");
        }

        if (new FileInfo(path).Length == 0)
        {
            throw Empty(path);
        }

        _ = OrtRuntime.Environment();
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
        };
        try
        {
            using InferenceSession session = new(path, options);
            return look(session);
        }
        catch (OnnxRuntimeException fault)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"{path} is not an ONNX network that ONNX Runtime can read: {OrtFailures.Words(fault)}",
                "Check that the file is whole and was not saved as text or through Git LFS as a pointer.",
                fault);
        }
    }

    /// <summary>Everything in which a package's description, hash and file differ; empty when they fit.</summary>
    /// <exception cref="PoseBatchException">As <see cref="TensorsOf(string)"/>.</exception>
    public static IReadOnlyList<string> Check(ModelPackage package) => Check(package, TensorsOf(package.ModelPath));

    /// <summary>Passes only when a package's description, hash and file fit.</summary>
    /// <exception cref="PoseBatchException">As <see cref="TensorsOf(string)"/>; model_mismatch: they differ.</exception>
    public static void EnsureFits(ModelPackage package)
    {
        ModelTensors tensors = TensorsOf(package.ModelPath);
        if (Check(package, tensors) is { Count: > 0 } problems)
        {
            throw Mismatch(package.Description, package.ModelPath, problems, tensors);
        }
    }

    private static IReadOnlyList<string> Check(ModelPackage package, ModelTensors tensors)
    {
        IEnumerable<string> hash = package.Sha256 == package.Description.Sha256 ? [] : [HashProblem(package.Description, package.Sha256)];
        return [.. hash, .. ModelContract.Check(package.Description, tensors)];
    }

    internal static ModelTensors TensorsOf(InferenceSession session) =>
        new(Declarations(session.InputNames, session.InputMetadata), Declarations(session.OutputNames, session.OutputMetadata));

    private static PoseBatchException Empty(string path) => new(
        ReasonCode.ModelMismatch, $"{path} is empty or no regular file, not an ONNX network.", "Name the file of the network, or copy it again.");

    internal static string HashProblem(ModelDescription description, string actual) =>
        $"sha256: model.json says {description.Sha256}, the file has {actual}";

    internal static PoseBatchException Mismatch(ModelDescription model, string path, IReadOnlyList<string> problems, ModelTensors? tensors = null) => new(
        ReasonCode.ModelMismatch,
        string.Create(CultureInfo.InvariantCulture, $"The description of model '{model.Name}' does not fit {path}: {string.Join("; ", problems)}."),
        tensors is not null && ModelContract.HasUnusableTypes(model, tensors)
            ? "Export the network with float32 or float16 inputs and outputs: model.json cannot change what the file says."
            : "Correct model.json (docs/models.md explains every field; 'posebatch models inspect' shows the file's tensors).");

    internal static TensorElementType ElementType(TensorType type) => type switch
    {
        TensorType.Float32 => TensorElementType.Float,
        TensorType.Float16 => TensorElementType.Float16,
        TensorType.UInt8 => TensorElementType.UInt8,
        TensorType.Int32 => TensorElementType.Int32,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of input PoseBatch can feed."),
    };

    private static TensorDeclaration[] Declarations(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        [.. names.Select(name => Declaration(name, metadata[name]))];

    private static TensorDeclaration Declaration(string name, NodeMetadata metadata)
    {
        if (!metadata.IsTensor)
        {
            return new(name, TensorType.Other, []) { TypeName = "no tensor" };
        }

        (TensorType type, string typeName) = metadata.ElementDataType switch
        {
            TensorElementType.Float => (TensorType.Float32, "float32"),
            TensorElementType.Float16 => (TensorType.Float16, "float16"),
            TensorElementType.UInt8 => (TensorType.UInt8, "uint8"),
            TensorElementType.Int32 => (TensorType.Int32, "int32"),
            TensorElementType.Int64 => (TensorType.Int64, "int64"),
            TensorElementType.Bool => (TensorType.Bool, "bool"),
            TensorElementType.Double => (TensorType.Other, "float64"),
            var other => (TensorType.Other, other.ToString().ToLowerInvariant()),
        };
        return new(name, type, metadata.Dimensions) { TypeName = typeName };
    }
}
