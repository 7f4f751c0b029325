using System.Security.Cryptography;
using System.Text;
using PoseBatch.Tables;

namespace PoseBatch.Results.Format;

/// <summary>
/// Tells results apart: equal keys mean equal tables. A SHA-256 over the identity of the source's content, its name and
/// stream, the model, every setting that changes results (sorted by name) and the version of the table contract.
/// </summary>
/// <param name="Value">64 lower-case hexadecimal digits.</param>
public sealed record ResultKey(string Value)
{
    private const int ShortLength = 10;

    /// <summary>The first ten digits: what a folder name carries.</summary>
    public string Short => Value[..ShortLength];

    /// <summary>The key of a result before it exists.</summary>
    public static ResultKey Of(ResultRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string canonical = JsonText.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("schema_version", TableSchemas.Version);
            json.WriteString("identity_method", request.Identity.Method);
            json.WriteString("identity", request.Identity.Value);
            json.WriteString("source_id", request.SourceId);
            json.WriteNumber("stream", request.Video.StreamIndex);
            json.WriteString("model_sha256", request.Model.Sha256);
            json.Pairs("settings", Canonical(request));
            json.WriteEndObject();
        });
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
    }

    /// <summary>
    /// Every setting that changes results, sorted by name, the tables' own rounding included: for jobs of the pipeline, which name it
    /// themselves, twice. Keys that people have were made so; whoever shows settings takes each name once.
    /// </summary>
    internal static IEnumerable<KeyValuePair<string, object?>> Canonical(ResultRequest request) =>
        request.Settings.Append(new("tables.rounded", request.Tables.Rounded)).OrderBy(pair => pair.Key, StringComparer.Ordinal);
}
