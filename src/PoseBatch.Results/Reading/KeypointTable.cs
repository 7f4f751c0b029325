using PoseBatch.Poses;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>
/// The joints of a result: one row per joint per person per frame; a person always has all its rows, in the skeleton's order, in one
/// row group. Units and null rules: <see cref="TableSchemas.Keypoints"/>.
/// </summary>
internal sealed class KeypointTable : ResultTable
{
    /// <inheritdoc cref="WholeTable(string, string)"/>
    public KeypointTable(string folder)
        : base(folder, TableSchemas.Keypoints.Name, TableSchemas.Keypoints)
    {
        Slot = Number<int>("person");
        TrackId = Nullable<int>("track_id");
        JointIndex = Number<int>("keypoint_id");
        (X, Y) = (Nullable<float>("x"), Nullable<float>("y"));
        Confidence = Number<float>("confidence");
    }

    public NumberColumn<int> Slot { get; }

    public NullableColumn<int> TrackId { get; }

    public NumberColumn<int> JointIndex { get; }

    public NullableColumn<float> X { get; }

    public NullableColumn<float> Y { get; }

    public NumberColumn<float> Confidence { get; }

    /// <summary>The joint of a row, for which X, Y and Confidence are read; one without a position keeps its confidence as score.</summary>
    public Keypoint JointOf(int row) => new(X.ValueOr(row, float.NaN), Y.ValueOr(row, float.NaN), Confidence[row]);
}
