using System.Text;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

public class CocoJsonTests
{
    private const string Annotations = """
        {"images": [{"id": 7, "file_name": "a.jpg", "width": 640, "height": 480}],
         "categories": [{"id": 3, "name": "dog"}, {"id": 1, "name": "person", "keypoints": ["nose", "left_eye"]}],
         "annotations": [
          {"image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40], "area": 500.5, "iscrowd": 0, "num_keypoints": 1, "keypoints": [0, 0, 0, 12.5, 22, 1]},
          {"image_id": 7, "category_id": 3, "bbox": [1, 1, 1, 1], "area": 1},
          {"image_id": 7, "category_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 1}]}
        """;

    [Fact]
    public void Annotations_are_read_and_joints_of_visibility_0_are_not_marked()
    {
        AnnotationSet set = CocoJson.ReadAnnotations(Bytes(Annotations), "a.json");

        Assert.Equal(["nose", "left_eye"], set.JointNames);
        Assert.Equal(new AnnotatedImage(7, "a.jpg", new(640, 480)), Assert.Single(set.Images));
        Assert.Equal(2, set.People.Count);
        Assert.Equal([Keypoint.NotFound, new(12.5f, 22, 1)], set.People[0].Joints);
        Assert.Equal((new BoundingBox(10, 20, 40, 60), 500.5, false, 1), (set.People[0].Box, set.People[0].Area, set.People[0].IsCrowd, set.People[0].MarkedCount));
        Assert.Equal((81.0, true, 0), (set.People[1].Area, set.People[1].IsCrowd, set.People[1].MarkedCount));
    }

    [Fact]
    public void Results_are_read_and_joints_at_0_0_are_not_found()
    {
        EstimatedPose pose = Assert.Single(CocoJson.ReadResults(
            Bytes("""[{"image_id": 7, "category_id": 1, "score": 0.5, "keypoints": [1, 2, 0, 0, 0, 0]}]"""), "r.json", 2));

        Assert.Equal((7, 0.5), (pose.ImageId, pose.Score));
        Assert.Equal([new(1, 2, 0), Keypoint.NotFound], pose.Joints);
    }

    [Theory]
    [InlineData("not json", "a.json does not hold COCO keypoint annotations")]
    [InlineData("""{"images": [], "annotations": []}""", "a.json does not hold")]
    [InlineData("""{"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}""", "0 categories with keypoints")]
    [InlineData("""{"images": [], "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}], "annotations": [{"image_id": 4}]}""", "image 4, which is not listed")]
    [InlineData("""{"images": [{"id": 1}, {"id": 1}], "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}], "annotations": []}""", "two images have one id")]
    [InlineData("""{"images": [{"id": 1}], "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}], "annotations": [{"image_id": 1, "keypoints": [1, 2]}]}""", "2 numbers are not x, y and visibility of 1 joints")]
    public void What_is_wrong_is_named(string json, string said)
    {
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => CocoJson.ReadAnnotations(Bytes(json), "a.json"));

        Assert.Equal(ReasonCode.SourceMissing, fault.Reason);
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Advice);
    }

    [Fact]
    public void Joints_are_carried_over_by_name()
    {
        int[] places = JointOrder.Places(["b", "c", "a"], ["a", "b"]);

        Assert.Equal([1, -1, 0], places);
        Assert.Equal([new(2, 2, 1), Keypoint.NotFound, new(1, 1, 1)], JointOrder.Pick([new(1, 1, 1), new(2, 2, 1)], places));
    }

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);
}
