using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>What is in a job file.</summary>
internal static class JobFileText
{
    private const string KeyPrefix = "jobs:";
    private static readonly byte[] Utf16Mark = [0xFF, 0xFE];
    private static readonly byte[] Utf16MarkBigEndian = [0xFE, 0xFF];
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether it is JSON of any kind.</summary>
    public static bool IsJson(ReadOnlyMemory<byte> content)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The text, or null with what is wrong with it.</summary>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="content">All of them, unless they are too many.</param>
    /// <param name="problem">In words.</param>
    public static string? Read(long size, byte[] content, out string problem)
    {
        problem = string.Empty;
        if (size > JobJson.MaxBytes)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"has {size} bytes, a job has at most {JobJson.MaxBytes}");
            return null;
        }

        try
        {
            return StrictUtf8.GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            problem = content.AsSpan().StartsWith(Utf16Mark) || content.AsSpan().StartsWith(Utf16MarkBigEndian)
                ? "is UTF-16; save it as UTF-8"
                : "is not valid UTF-8";
            return null;
        }
    }

    /// <summary>The idempotency key of a job that names none: name, time of change and content.</summary>
    public static string Key(string name, byte[] content, FileFacts facts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{name}\n{facts.ModifiedTicks}\n")));
        hash.AppendData(content);
        return KeyPrefix + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
