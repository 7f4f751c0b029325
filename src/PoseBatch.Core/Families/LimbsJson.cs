using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>The field <c>limbs</c> of a <c>model.json</c>.</summary>
internal static class LimbsJson
{
    /// <summary>Most channels that a stack of fields can have.</summary>
    public const int MaxChannels = 4096;

    /// <summary>Reads them; empty where there are none.</summary>
    /// <param name="fields">The root.</param>
    /// <param name="jointCount">Joints of the skeleton; 0 where it could not be read, which is a problem named already.</param>
    /// <param name="family">The family; null where it is not known, which is a problem named already.</param>
    public static IReadOnlyList<Limb> Read(JsonFields fields, int jointCount, ModelFamily? family)
    {
        if (family is { Limbs: LimbUse.None } && fields.Has("limbs"))
        {
            string others = ModelFamilies.Names(other => other.Limbs != LimbUse.None, "and");
            fields.Problem(fields.PathOf("limbs"), $"family {family.Name} puts no limbs together, only {others} do");
            return [];
        }

        List<Limb> limbs = [];
        JsonFields[] objects = [.. fields.Objects("limbs", required: family is { Limbs: LimbUse.Scores })];
        if (fields.Has("limbs") && objects.Length == 0)
        {
            fields.Problem(fields.PathOf("limbs"), "must be a list of one limb at least");
        }

        foreach (JsonFields one in jointCount > 0 ? objects : [])
        {
            if (ReadLimb(one, jointCount, family) is { } limb)
            {
                AddProblems(one, limb, limbs);
                limbs.Add(limb);
            }
        }

        return limbs;
    }

    /// <summary>Writes what reads back the same.</summary>
    public static JsonArray Write(IEnumerable<Limb> limbs) => new([.. limbs.Select(limb =>
    {
        JsonObject one = new() { ["joints"] = new JsonArray(limb.From, limb.To) };
        if (limb.Channels is { } channels)
        {
            one["channels"] = new JsonArray(channels.X, channels.Y);
        }

        if (limb.FillsGaps)
        {
            one["fills_gaps"] = true;
        }

        return one;
    })]);

    private static Limb? ReadLimb(JsonFields fields, int jointCount, ModelFamily? family)
    {
        (int From, int To)? joints = ReadPair(fields, "joints", jointCount, "two different joint numbers");
        (int X, int Y)? channels = null;
        bool fillsGaps = false;
        if (family is { Limbs: LimbUse.Fields })
        {
            channels = ReadPair(fields, "channels", MaxChannels, "the channels of x and y among the fields, two different numbers");
            fillsGaps = fields.Flag("fills_gaps");
        }

        fields.Finish();
        return joints is { } pair ? new(pair.From, pair.To, channels, fillsGaps) : null;
    }

    private static (int, int)? ReadPair(JsonFields fields, string name, int count, string words)
    {
        if (fields.Element(name, required: true) is not { } element)
        {
            return null;
        }

        int[] pair = element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().Select(NumberOf)] : [];
        if (pair is [int first, int second] && first != second && Math.Min(first, second) >= 0 && Math.Max(first, second) < count)
        {
            return (first, second);
        }

        fields.Problem(fields.PathOf(name), $"must be {words} from 0 to {count - 1}, not {JsonFields.Describe(element)}");
        return null;
    }

    private static int NumberOf(JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out int number) ? number : -1;

    private static void AddProblems(JsonFields fields, Limb limb, List<Limb> others)
    {
        if (others.Any(other => (other.From, other.To) == (limb.From, limb.To) || (other.From, other.To) == (limb.To, limb.From)))
        {
            fields.Problem(fields.Path, $"joins {limb.From} and {limb.To} a second time");
        }

        if (limb.Channels is { } channels
            && others.Any(other => other.Channels is { } taken && new[] { taken.X, taken.Y }.Intersect([channels.X, channels.Y]).Any()))
        {
            fields.Problem(fields.Path, $"channel {channels.X} or {channels.Y} already belongs to another limb");
        }
    }
}
