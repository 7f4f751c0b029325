using PoseBatch.Models;

namespace PoseBatch.Onnx.Packages;

/// <summary>A network's file together with its description, found and read but not yet run.</summary>
public sealed record ModelPackage
{
    /// <summary>Full path of the ONNX file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Full path of the JSON file that describes it.</summary>
    public required string DescriptionPath { get; init; }

    /// <summary>SHA-256 of the ONNX file's bytes as they are on disk, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What the JSON file says.</summary>
    public required ModelDescription Description { get; init; }

    /// <summary>The folder that holds the ONNX file.</summary>
    public string Folder => Path.GetDirectoryName(ModelPath)!;
}
