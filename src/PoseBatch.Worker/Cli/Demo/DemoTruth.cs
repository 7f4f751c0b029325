using System.Text.Json;
using PoseBatch.Geometry;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>Where a joint of the demo clip really is, in pixels of the frame as the tables count them.</summary>
/// <param name="X">Right of the centre of the left-most pixel column.</param>
/// <param name="Y">Below the centre of the top pixel row.</param>
/// <param name="IsInPicture">Within the frame, whether seen or hidden behind something.</param>
internal readonly record struct TrueJoint(double X, double Y, bool IsInPicture);

/// <summary>The exact joints of a generated clip.</summary>
/// <param name="Size">Size of its frames.</param>
/// <param name="Joints">Names of the joints, in their order.</param>
/// <param name="Frames">Per frame the joints of the person in it; null for a frame without anybody.</param>
internal sealed record DemoTruth(PixelSize Size, IReadOnlyList<string> Joints, IReadOnlyList<IReadOnlyList<TrueJoint>?> Frames)
{
    /// <summary>Reads the file beside the clip.</summary>
    /// <exception cref="InvalidDataException">It is not such a file, or has a frame with several people.</exception>
    public static DemoTruth Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            return new(
                new(root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32()),
                [.. root.GetProperty("joints").EnumerateArray().Select(name => name.GetString()!)],
                [.. root.GetProperty("frames").EnumerateArray().Select(OnlyPerson)]);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{path}' does not hold the joints of a clip: {fault.Message}", fault);
        }
    }

    private static List<TrueJoint>? OnlyPerson(JsonElement frame)
    {
        JsonElement people = frame.GetProperty("persons");
        return people.GetArrayLength() switch
        {
            0 => null,
            1 => [.. people[0].EnumerateArray().Select(joint => new TrueJoint(joint[0].GetDouble(), joint[1].GetDouble(), joint[2].GetInt32() > 0))],
            int count => throw new FormatException($"a frame has {count} people, not one"),
        };
    }
}
