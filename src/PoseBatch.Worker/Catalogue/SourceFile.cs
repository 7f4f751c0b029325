namespace PoseBatch.Worker.Catalogue;

/// <summary>One file that is taken out of an archive.</summary>
/// <param name="Path">Its path in the archive, or the last parts of it; it must be the only one that ends so.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
/// <param name="Bytes">Its size; null where nobody states it.</param>
internal sealed record SourceFile(string Path, string Sha256, long? Bytes = null);
