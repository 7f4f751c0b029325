using PoseBatch.Geometry;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>The people of a result: one row per person per frame. Units and null rules: <see cref="TableSchemas.Persons"/>.</summary>
internal sealed class PersonTable : ResultTable
{
    private readonly NullableColumn<float> _xMin, _yMin, _xMax, _yMax;

    /// <inheritdoc cref="WholeTable(string, string)"/>
    public PersonTable(string folder)
        : base(folder, TableSchemas.Persons.Name, TableSchemas.Persons)
    {
        Time = Number<double>("time");
        Slot = Number<int>("person");
        TrackId = Nullable<int>("track_id");
        Score = Number<float>("score");
        (_xMin, _yMin) = (Nullable<float>("x_min"), Nullable<float>("y_min"));
        (_xMax, _yMax) = (Nullable<float>("x_max"), Nullable<float>("y_max"));
    }

    public NumberColumn<double> Time { get; }

    public NumberColumn<int> Slot { get; }

    public NullableColumn<int> TrackId { get; }

    public NumberColumn<float> Score { get; }

    /// <summary>The box of a row; <see cref="BoundingBox.None"/> where the model gave none.</summary>
    public BoundingBox BoxOf(int row) => _xMin[row] is { } left
        ? new(left, _yMin[row] ?? float.NaN, _xMax[row] ?? float.NaN, _yMax[row] ?? float.NaN)
        : BoundingBox.None;
}
