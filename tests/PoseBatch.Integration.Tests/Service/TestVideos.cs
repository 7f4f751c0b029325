using System.Buffers.Binary;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;

namespace PoseBatch.Service;

/// <summary>Videos for the tests of the service: somebody is in each of them.</summary>
internal static class TestVideos
{
    /// <summary>The demo clip over and over, as it is.</summary>
    public static string Long(string path, int seconds)
    {
        Clips.Make("-stream_loop", "-1", "-i", PoseBatchProgram.DemoClip, "-t", $"{seconds}", "-c", "copy", path);
        return path;
    }

    /// <summary>A piece of the demo clip in a small picture at 10 frames per second.</summary>
    public static string Short(string path, double seconds = 1)
    {
        Clips.Make(
            "-ss", "4", "-i", PoseBatchProgram.DemoClip, "-t", FormattableString.Invariant($"{seconds}"),
            "-vf", "scale=96:96,fps=10", "-c:v", "libx264", "-preset", "ultrafast", path);
        return path;
    }

    /// <summary>A copy with other bytes and the same pictures: a <c>free</c> box at its end (ISO/IEC 14496-12, 8.1.2) holds a number.</summary>
    public static void Copy(string from, string to, int number)
    {
        byte[] box = [0, 0, 0, 12, (byte)'f', (byte)'r', (byte)'e', (byte)'e', 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(box.AsSpan(8), number);
        File.WriteAllBytes(to, [.. File.ReadAllBytes(from), .. box]);
    }
}
