using PoseBatch.Geometry;

namespace PoseBatch.Tracking;

/// <summary>Fields of a saved state that <see cref="BinaryWriter"/> has no word for. Every bit comes back, NaN included.</summary>
internal static class StateFields
{
    public static void WriteBox(this BinaryWriter state, BoundingBox box)
    {
        state.Write(box.XMin);
        state.Write(box.YMin);
        state.Write(box.XMax);
        state.Write(box.YMax);
    }

    public static BoundingBox ReadBox(this BinaryReader state) =>
        new(state.ReadSingle(), state.ReadSingle(), state.ReadSingle(), state.ReadSingle());

    public static void WriteOptional(this BinaryWriter state, double? value)
    {
        state.Write(value.HasValue);
        state.Write(value.GetValueOrDefault());
    }

    public static double? ReadOptionalDouble(this BinaryReader state)
    {
        bool hasValue = state.ReadBoolean();
        double value = state.ReadDouble();
        return hasValue ? value : null;
    }

    public static void WriteOptional(this BinaryWriter state, long? value)
    {
        state.Write(value.HasValue);
        state.Write(value.GetValueOrDefault());
    }

    public static long? ReadOptionalInt64(this BinaryReader state)
    {
        bool hasValue = state.ReadBoolean();
        long value = state.ReadInt64();
        return hasValue ? value : null;
    }
}
