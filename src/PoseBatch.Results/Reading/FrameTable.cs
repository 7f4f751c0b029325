using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>The ledger of a result: one row per source frame, whatever became of it. Units and null rules: <see cref="TableSchemas.Frames"/>.</summary>
internal sealed class FrameTable : ResultTable
{
    /// <inheritdoc cref="WholeTable(string, string)"/>
    public FrameTable(string folder)
        : base(folder, TableSchemas.Frames.Name, TableSchemas.Frames)
    {
        Pts = Nullable<long>("pts");
        Time = Number<double>("time");
        Duration = Nullable<float>("duration");
        Status = Word("status");
        TimeSource = Word("time_source");
        PersonCount = Nullable<int>("n_persons");
        (Width, Height) = (Nullable<int>("width"), Nullable<int>("height"));
    }

    public NullableColumn<long> Pts { get; }

    public NumberColumn<double> Time { get; }

    public NullableColumn<float> Duration { get; }

    public WordColumn Status { get; }

    public WordColumn TimeSource { get; }

    public NullableColumn<int> PersonCount { get; }

    public NullableColumn<int> Width { get; }

    public NullableColumn<int> Height { get; }
}
