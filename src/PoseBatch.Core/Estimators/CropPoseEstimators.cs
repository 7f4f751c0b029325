using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Estimators;

/// <summary>Which estimator the parser of a top-down family needs.</summary>
internal static class CropPoseEstimators
{
    /// <summary>Makes one worker's estimator.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not top-down, or its outputs or parameters do not fit.</exception>
    public static ICropPoseEstimator Create(IPoseModel pose) =>
        CropParsers.Create(pose.Description, pose.OutputShapes) is var parser && parser is AlphaPoseParser alphaPose
            ? new AlphaPoseEstimator(pose, alphaPose)
            : new CropPoseEstimator(pose, parser);
}
