using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Turns one image's model outputs into poses in frame pixels: a pure function of outputs, description and geometry.
/// Implementations allocate nothing per frame and may keep scratch memory, so each worker has its own parser.
/// </summary>
public interface IPoseParser
{
    /// <summary>Appends every pose found to <paramref name="poses"/> (cleared by the caller); thresholds are applied by the caller.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the image in the last run.</param>
    /// <param name="modelToFrame">Model input pixels (pixel centres at integers) to frame pixels.</param>
    /// <param name="poses">Receives the poses.</param>
    void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses);
}
