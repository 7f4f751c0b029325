using PoseBatch.Geometry;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>The people of a result: one row per person per frame. Units and null rules: <see cref="TableSchemas.Persons"/>.</summary>
internal sealed class PersonTable : ResultTable
{
    /// <inheritdoc cref="WholeTable(string, string)"/>
    public PersonTable(string folder)
        : base(folder, TableSchemas.Persons.Name, TableSchemas.Persons)
    {
        Time = Number<double>("time");
        Slot = Number<int>("person");
        TrackId = Nullable<int>("track_id");
        Score = Number<float>("score");
        Box = [Nullable<float>("x_min"), Nullable<float>("y_min"), Nullable<float>("x_max"), Nullable<float>("y_max")];
    }

    public NumberColumn<double> Time { get; }

    public NumberColumn<int> Slot { get; }

    public NullableColumn<int> TrackId { get; }

    public NumberColumn<float> Score { get; }

    /// <summary>Left, top, right and bottom of the box.</summary>
    public IReadOnlyList<NullableColumn<float>> Box { get; }

    /// <summary>The box of a row, for which all of <see cref="Box"/> are read; <see cref="BoundingBox.None"/> where the model gave none.</summary>
    public BoundingBox BoxOf(int row) => Box[0][row] is { } left
        ? new(left, Box[1].ValueOr(row, float.NaN), Box[2].ValueOr(row, float.NaN), Box[3].ValueOr(row, float.NaN))
        : BoundingBox.None;
}
