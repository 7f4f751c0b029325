using PoseBatch.Ffmpeg;

namespace PoseBatch;

/// <summary>A folder that is removed with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("posebatch-test-").FullName;

    /// <summary>Path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

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

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
