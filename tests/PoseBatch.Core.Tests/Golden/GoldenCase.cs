using System.Runtime.InteropServices;
using System.Text.Json;

namespace PoseBatch.Golden;

/// <summary>
/// Expected values computed by the reference implementations, kept beside the repository. Found through the environment
/// variable POSEBATCH_GOLDEN or as <c>../shared/golden</c> of a folder above the test binary; without them the tests skip.
/// </summary>
internal static class GoldenVectors
{
    private const string Absent = "(no golden vectors)";

    /// <summary>Why tests on them are skipped.</summary>
    public const string SkipReason = "Golden vectors were not found: set POSEBATCH_GOLDEN or put them in ../shared/golden.";

    /// <summary>Their folder; null where there are none.</summary>
    public static string? Root { get; } = FindRoot();

    /// <summary>Every case file of a family, by listing its folder: a new case needs no code.</summary>
    public static TheoryData<string> Cases(string family)
    {
        string? folder = Root is null ? null : Path.Combine(Root, family);
        TheoryData<string> cases = [];
        if (Directory.Exists(folder))
        {
            cases.AddRange(Directory.GetFiles(folder, "*.json").Select(path =>
                Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).ToArray());
        }

        if (!cases.Any())
        {
            cases.Add(Absent);
        }

        return cases;
    }

    /// <summary>Opens a case; skips the test when there are no golden vectors.</summary>
    public static GoldenCase Open(string family, string name)
    {
        Assert.SkipWhen(name == Absent, SkipReason);
        return new GoldenCase(Path.Combine(Root!, family), name);
    }

    private static string? FindRoot()
    {
        string? named = Environment.GetEnvironmentVariable("POSEBATCH_GOLDEN");
        if (!string.IsNullOrEmpty(named))
        {
            return Directory.Exists(named) ? named
                : throw new DirectoryNotFoundException($"POSEBATCH_GOLDEN names '{named}', which is no folder.");
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "..", "shared", "golden");
            if (Directory.Exists(candidate))
            {
                return Path.GetFullPath(candidate);
            }
        }

        return null;
    }
}

/// <summary>One golden case: inputs, parameters, expected values and their tolerances.</summary>
internal sealed class GoldenCase
{
    private readonly string _folder;
    private readonly JsonElement _json;

    public GoldenCase(string folder, string name)
    {
        _folder = folder;
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, name + ".json")));
        _json = document.RootElement.Clone();
        Assert.Equal(1, _json.GetProperty("format").GetInt32());
    }

    public JsonElement Params => _json.GetProperty("params");

    public JsonElement Expected => _json.GetProperty("expected");

    /// <summary>An allowed absolute difference.</summary>
    public double Tolerance(string name) => _json.GetProperty("tolerance").GetProperty(name).GetDouble();

    /// <summary>The allowed difference, or null when the file states none of that name.</summary>
    public double? FindTolerance(string name) =>
        _json.GetProperty("tolerance").TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    public float[] Tensor(string name) => Read(_json.GetProperty("tensors").GetProperty(name));

    public bool HasTensor(string name) => _json.GetProperty("tensors").TryGetProperty(name, out _);

    public int[] Shape(string name) => Integers(_json.GetProperty("tensors").GetProperty(name).GetProperty("shape"));

    public float[] ExpectedTensor(string name) => Read(_json.GetProperty("expected_tensors").GetProperty(name));

    public int[] ExpectedShape(string name) =>
        Integers(_json.GetProperty("expected_tensors").GetProperty(name).GetProperty("shape"));

    /// <summary>Numbers of an array; null becomes NaN.</summary>
    public static double[] Numbers(JsonElement array) =>
        [.. array.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];

    public static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    private float[] Read(JsonElement tensor)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(_folder, tensor.GetProperty("file").GetString()!));
        float[] values = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        Assert.Equal(Integers(tensor.GetProperty("shape")).Aggregate(1, (product, side) => product * side), values.Length);
        return values;
    }
}

/// <summary>Comparisons that say what was expected where.</summary>
internal static class Near
{
    public static void Equal(double expected, double actual, double tolerance, string what)
    {
        bool same = double.IsNaN(expected) ? double.IsNaN(actual) : Math.Abs(expected - actual) <= tolerance;
        Assert.True(same, string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{what}: expected {expected} within {tolerance}, got {actual}"));
    }
}
