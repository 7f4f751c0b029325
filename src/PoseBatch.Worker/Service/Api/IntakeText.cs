using System.Text.Json;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The watched folder's state as JSON.</summary>
internal static class IntakeText
{
    /// <summary>Writes <c>{ "trouble": ..., "left_out": ..., "files": [...] }</c>.</summary>
    public static void Write(Utf8JsonWriter json, IIntakeView intake)
    {
        json.WriteStartObject();
        json.WriteString("trouble", intake.Trouble);
        json.WriteString("left_out", intake.LeftOut);
        json.WriteStartArray("files");
        foreach (StabilisingFile file in intake.Settling)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteNumber("size", file.Size);
            json.WriteString("first_seen", file.FirstSeen.UtcDateTime);
            json.WriteString("waiting", file.Waiting);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
