namespace PoseBatch.Worker.Service.Api;

/// <summary>A video that was put into the watched folder.</summary>
/// <param name="Name">The name it was given.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Size">Bytes.</param>
internal sealed record UploadedFile(string Name, string Path, long Size);
