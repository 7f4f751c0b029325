using System.Text.Json;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>Numbers for the page: three decimals are a thousandth of a pixel.</summary>
internal static class JsonNumber
{
    /// <summary>Writes a number, or null for none and for what JSON cannot say.</summary>
    public static void Write(Utf8JsonWriter json, double? number)
    {
        if (number is { } known && double.IsFinite(known))
        {
            json.WriteNumberValue(Math.Round(known, 3));
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
