namespace PoseBatch.Poses;

/// <summary>Two joints of one person, and where the network says how well they belong together (<c>limbs</c> of a model.json).</summary>
/// <param name="From">Joint the limb begins at: the field points away from it.</param>
/// <param name="To">Joint it leads to.</param>
/// <param name="Channels">Channels of x and of y among the fields; null where the network scores its limbs itself.</param>
/// <param name="FillsGaps">True: the limb closes a circle, so it only gives people a joint that they miss; it begins nobody.</param>
public readonly record struct Limb(int From, int To, (int X, int Y)? Channels = null, bool FillsGaps = false);

/// <summary>What a family does with the limbs of a model.json.</summary>
public enum LimbUse
{
    /// <summary>It puts no limbs together; a model.json of it has none.</summary>
    None,

    /// <summary>It reads a field of two channels per limb, and has tables of its own for skeletons of public networks.</summary>
    Fields,

    /// <summary>The network scores each limb, in the order of the list, which is required.</summary>
    Scores,
}
