using System.Text.Json;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>The packets at the beginning of a file, as ffprobe lists them beside the streams.</summary>
/// <param name="description">Its answer; without a list of packets, nothing is known of them.</param>
internal sealed class HeadOfPackets(JsonElement description)
{
    private readonly List<(int Stream, bool HasPts, bool HasDts)> _packets =
    [
        .. description.TryGetProperty("packets", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
                .Where(packet => packet.TryGetProperty("stream_index", out _))
                .Select(packet => (packet.GetProperty("stream_index").GetInt32(), packet.TryGetProperty("pts", out _), packet.TryGetProperty("dts", out _)))
            : [],
    ];

    /// <summary>Packets by the index of their stream.</summary>
    public IReadOnlyDictionary<int, int> Counts => _packets.CountBy(packet => packet.Stream).ToDictionary();

    /// <summary>Whether a stream has packets without a presentation stamp.</summary>
    public bool LacksStamps(int stream) => _packets.Exists(packet => packet.Stream == stream && !packet.HasPts);

    /// <summary>Whether a stream is stamped by the order of decoding alone (AVI, and what was copied out of it).</summary>
    public bool HasOnlyDecodingStamps(int stream)
    {
        List<(int Stream, bool HasPts, bool HasDts)> packets = _packets.FindAll(packet => packet.Stream == stream);
        return packets.Count > 1 && packets.TrueForAll(packet => !packet.HasPts && packet.HasDts);
    }
}
