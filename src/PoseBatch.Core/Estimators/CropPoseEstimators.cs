using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Estimators;

/// <summary>Which reader a top-down family needs.</summary>
internal static class CropPoseEstimators
{
    /// <summary>Makes one worker's reader.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not top-down, or its outputs or parameters do not fit.</exception>
    public static ICropPoseEstimator Create(IPoseModel pose) =>
        pose.Description.Family == ModelFamilies.AlphaPose.Name ? new AlphaPoseEstimator(pose) : new CropPoseEstimator(pose);
}
