namespace PoseBatch.Decode;

/// <summary>A folder that lives as long as a test class.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-decode-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a program that runs in place of ffmpeg or ffprobe; it answers the question for its version.</summary>
    public string Script(string name, string body, string version = "5.1.9") => Program(
        name, $"#!/bin/sh\nif [ \"$1\" = -version ]; then echo 'ffmpeg version {version} Copyright (c)'; exit 0; fi\n{body}\n");

    public string Program(string name, string text)
    {
        string path = this[name];
        File.WriteAllText(path, text);
        Clips.Run("chmod", "+x", path);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
