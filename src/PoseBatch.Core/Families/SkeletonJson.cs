using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>The field <c>skeleton</c> of a <c>model.json</c>: a known name or an object.</summary>
internal static class SkeletonJson
{
    /// <summary>Most joints of a skeleton.</summary>
    public const int MaxJoints = 1024;

    /// <summary>Reads it; <see cref="ModelFamilies.NoSkeleton"/> where it is absent or wrong.</summary>
    public static Skeleton Read(JsonFields fields, List<string> problems, bool required)
    {
        if (fields.Element("skeleton", required) is not { } element)
        {
            return ModelFamilies.NoSkeleton;
        }

        string path = fields.PathOf("skeleton");
        if (element.ValueKind == JsonValueKind.String)
        {
            if (Skeletons.Find(element.GetString()!) is { } known)
            {
                return known;
            }

            string names = string.Join(", ", Skeletons.Names);
            fields.Problem(
                path, $"must be one of {names}, or an object with name, keypoints, edges and swap, not {JsonFields.Describe(element)}");
            return ModelFamilies.NoSkeleton;
        }

        JsonFields section = new(element, path, problems);
        string name = section.Text("name");
        List<string> keypoints = ReadKeypoints(section);
        List<(int From, int To)> edges = ReadPairs(section, "edges", keypoints.Count);
        List<(int Left, int Right)> swap = ReadPairs(section, "swap", keypoints.Count);
        if (swap.SelectMany(pair => new[] { pair.Left, pair.Right }).GroupBy(joint => joint).Any(group => group.Count() > 1))
        {
            section.Problem(section.PathOf("swap"), "names a joint in more than one pair");
        }

        section.Finish();
        return new(name, keypoints, edges, swap);
    }

    private static List<string> ReadKeypoints(JsonFields section)
    {
        List<string> keypoints = [];
        foreach ((JsonElement element, string path) in section.Array("keypoints", required: true))
        {
            string? keypoint = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
            if (keypoint is not { Length: > 0 } || !keypoint.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            {
                section.Problem(path, $"must be a name of small letters, digits and underscores, not {JsonFields.Describe(element)}");
            }
            else if (keypoints.Contains(keypoint))
            {
                section.Problem(path, $"\"{keypoint}\" stands there twice");
            }

            keypoints.Add(keypoint ?? "");
        }

        if (section.Has("keypoints") && keypoints.Count is 0 or > MaxJoints)
        {
            section.Problem(section.PathOf("keypoints"), $"must name 1 to {MaxJoints} joints, not {keypoints.Count}");
        }

        return keypoints;
    }

    private static List<(int, int)> ReadPairs(JsonFields section, string name, int jointCount)
    {
        List<(int, int)> pairs = [];
        foreach ((JsonElement element, string path) in section.Array(name, required: true))
        {
            int[] pair = element.ValueKind == JsonValueKind.Array
                ? [.. element.EnumerateArray().Select(JointOf)]
                : [];
            if (pair is not [int first, int second] || first == second || !IsJoint(first) || !IsJoint(second))
            {
                section.Problem(
                    path, $"must be a pair of two different joint numbers from 0 to {jointCount - 1}, not {JsonFields.Describe(element)}");
                continue;
            }

            pairs.Add((first, second));
        }

        return pairs;

        bool IsJoint(int joint) => joint >= 0 && joint < jointCount;

        static int JointOf(JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out int joint) ? joint : -1;
    }

    /// <summary>Writes what reads back the same; a skeleton without joints has no words.</summary>
    public static JsonNode Write(Skeleton skeleton) => ReferenceEquals(Skeletons.Find(skeleton.Name), skeleton)
        ? skeleton.Name
        : new JsonObject
        {
            ["name"] = skeleton.Name,
            ["keypoints"] = new JsonArray([.. skeleton.Keypoints.Select(keypoint => JsonValue.Create(keypoint))]),
            ["edges"] = Pairs(skeleton.Edges),
            ["swap"] = Pairs(skeleton.SwapPairs),
        };

    private static JsonArray Pairs(IEnumerable<(int First, int Second)> pairs) =>
        new([.. pairs.Select(pair => new JsonArray(pair.First, pair.Second))]);
}
