using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Estimators;

/// <summary>Puts loaded networks together to what the pipeline runs.</summary>
public static class PoseEstimators
{
    /// <summary>A whole-frame estimator, or for the top-down families one that looks at crops.</summary>
    /// <param name="pose">Finds joints. Disposed with the estimator.</param>
    /// <param name="detector">Finds people; null for none. Disposed with the estimator.</param>
    /// <param name="followsPerson">Looks in each frame around the person of the frame before (single-person MoveNet).</param>
    /// <exception cref="PoseBatchException">model_mismatch: these do not work together; nothing is disposed then.</exception>
    public static IPoseEstimator Create(IPoseModel pose, IPoseModel? detector, bool followsPerson = false)
    {
        Check(pose.Description, detector?.Description);
        if (followsPerson)
        {
            CheckCropRegion(pose.Description);
            return new CropRegionEstimator(pose);
        }

        return IsTopDown(pose.Description) ? new TopDownEstimator(detector, pose) : new WholeFrameEstimator(pose);
    }

    /// <summary>Whether a model and a detector go together; known before either is loaded.</summary>
    /// <exception cref="PoseBatchException">model_mismatch, with what to write instead.</exception>
    public static void Check(ModelDescription pose, ModelDescription? detector)
    {
        if (IsDetector(pose))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"Model '{pose.Name}' (family {pose.Family}) finds people, not joints.",
                $"Name it as the detector (--detector, Models:Detector), and as the model a network of one of the families {TopDownFamilies}.");
        }

        if (detector is null)
        {
            return;
        }

        if (!IsDetector(detector))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"'{detector.Name}' (family {detector.Family}) is named as the detector but finds joints, not people.",
                $"Name a detector of one of the families {ModelFamilies.Names(family => family.IsDetector)}.");
        }

        if (!IsTopDown(pose))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"Model '{pose.Name}' (family {pose.Family}) looks at whole frames and has no use for the detector '{detector.Name}'.",
                $"Leave the detector out, or name a model of one of the families {TopDownFamilies}.");
        }
    }

    /// <summary>Whether a model can look around the person of the frame before; known before it is loaded.</summary>
    /// <exception cref="PoseBatchException">model_mismatch, with what to do instead.</exception>
    public static void CheckCropRegion(ModelDescription pose)
    {
        if (ModelFamilies.Find(pose.Family) is not { FollowsOnePerson: true }
            || !pose.Skeleton.Keypoints.SequenceEqual(Skeletons.Coco17.Keypoints))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"The crop region follows the one person of a MoveNet network with the joints of {Skeletons.Coco17.Name}, but model '{pose.Name}' is of family {pose.Family} with {pose.Skeleton.Name}.",
                $"Turn it off (--crop-region off, inference.crop_region of a job, Poses:CropRegion), or name a model of the families {ModelFamilies.Names(family => family.FollowsOnePerson, "or")}.");
        }
    }

    private static string TopDownFamilies => ModelFamilies.Names(family => family.IsTopDown);

    private static bool IsDetector(ModelDescription model) => ModelFamilies.Find(model.Family) is { IsDetector: true };

    private static bool IsTopDown(ModelDescription model) => ModelFamilies.Find(model.Family) is { IsTopDown: true };
}
