using PoseBatch.Geometry;

namespace PoseBatch.Poses;

public class FramePosesTests
{
    [Fact]
    public void People_come_out_by_falling_score_and_equal_scores_keep_their_order()
    {
        FramePoses poses = new(keypointCount: 1, capacity: 1);
        foreach ((float score, float x) in new[] { (0.5f, 1f), (0.9f, 2f), (0.5f, 3f), (0.1f, 4f), (float.NaN, 5f) })
        {
            poses.Add(score, BoundingBox.None)[0] = new(x, 0, 1);
        }

        poses.Finish(minPersonScore: 0.2f, maxPersons: 10, minKeypointConfidence: 0);

        Assert.Equal(3, poses.Count);
        Assert.Equal([2f, 1f, 3f], Enumerable.Range(0, poses.Count).Select(person => poses.Keypoints(person)[0].X));
    }

    [Fact]
    public void A_joint_below_the_threshold_loses_its_position_but_keeps_its_confidence()
    {
        FramePoses poses = new(keypointCount: 2);
        Span<Keypoint> joints = poses.Add(1, BoundingBox.None);
        joints[0] = new(7, 8, 0.3f);
        joints[1] = new(7, 8, 0.2f);

        poses.Finish(0, 1, 0.25f);

        Assert.True(poses.Keypoints(0)[0].IsFound);
        Assert.False(poses.Keypoints(0)[1].IsFound);
        Assert.Equal(0.2f, poses.Keypoints(0)[1].Score);
    }
}
