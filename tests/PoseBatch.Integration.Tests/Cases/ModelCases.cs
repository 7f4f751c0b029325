using System.Security.Cryptography;
using PoseBatch.Cli;
using PoseBatch.Families;
using PoseBatch.Ffmpeg;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;

namespace PoseBatch.Cases;

/// <summary>
/// The shapes of networks that people bring, as tables: each file gives row 0 for a frame of gray 0 and row 1 for one of gray 10, whatever
/// else is in it; black outside the frame counts as row 0. They were made by hand; the values are those that were put into them.
/// </summary>
public sealed class ModelCases : IDisposable
{
    private static readonly BoundingBox First = new(20, 30, 150, 220), Second = new(10, 10, 60, 200);

    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    // The first has a second box of another class; "dets" has as many rows as there are boxes, padded with zeros over a batch.
    [Theory]
    [InlineData("m-boxes-after-nms/model.onnx", "boxes", "", "dets=dets", "labels=labels")]
    [InlineData("m-yolo-detectors/raw.onnx", "yolo", "raw", "output=output0")]
    [InlineData("m-yolo-detectors/end_to_end.onnx", "yolo", "end_to_end", "output=output0")]
    public async Task A_detector_finds_the_people_of_its_table(string file, string family, string format, params string[] outputs)
    {
        string detector = Package("detector", file, family, format.Length > 0 ? new() { ["format"] = format } : [], hasJoints: false, outputs);
        string pose = Package("pose", "m-float16/model.onnx", "topdown-heatmap", [], hasJoints: true, "heatmap=hm");

        List<ResultFrame> frames = await ProcessAsync("--model", pose, "--detector", detector, "--min-person-score", "0");

        Assert.Equal([First, Second], frames.Select(frame => Assert.Single(frame.People).Box));
    }

    [Fact]
    public async Task A_yolov3_description_of_another_detector_is_refused()
    {
        string pose = Package("pose", "m-float16/model.onnx", "topdown-heatmap", [], hasJoints: true, "heatmap=hm");
        foreach (string file in new[] { "m-yolo-detectors/raw.onnx", "m-yolo-detectors/end_to_end.onnx" })
        {
            string detector = Package(Path.GetFileNameWithoutExtension(file), file, "yolov3", [], hasJoints: false, "detections=output0");

            PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
                Here, "process", Clip(), "--out", "out", "--model", pose, "--detector", detector);

            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains("must be the anchors of whole grids", run.Output + run.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rtmo_finds_one_person_in_each_frame()
    {
        string model = Package("rtmo", "m-rtmo/model.onnx", "rtmo", [], hasJoints: true, "dets=dets", "keypoints=keypoints");

        List<ResultFrame> frames = await ProcessAsync("--model", model);

        ResultPerson[] people = [.. frames.Select(frame => Assert.Single(frame.People))];
        Assert.Equal([0.9f, 0.8f], people.Select(person => person.Score));
        Assert.All(people[1].Joints, keypoint => Assert.False(keypoint.IsFound));
        for (int joint = 0; joint < 17; joint++)
        {
            Keypoint keypoint = people[0].Joints[joint];
            Assert.Equal(30 + (110 * joint / 16.0), keypoint.X, 0.01);
            Assert.Equal(40 + (170 * joint / 16.0), keypoint.Y, 0.01);
            Assert.Equal(0.8f, keypoint.Score, 0.001f);
        }
    }

    [Fact]
    public async Task Half_precision_goes_in_and_comes_out()
    {
        string model = Package("half", "m-float16/model.onnx", "topdown-heatmap", new() { ["refinement"] = "none" }, hasJoints: true, "heatmap=hm");

        List<ResultFrame> frames = await ProcessAsync("--model", model);

        foreach ((ResultFrame frame, double x, double y, float score) in new[] { (frames[0], 120.0, 80.0, 0.9f), (frames[1], 40.0, 160.0, 0.7f) })
        {
            Assert.All(Assert.Single(frame.People).Joints, keypoint =>
            {
                Assert.Equal((x, y), ((double)keypoint.X, (double)keypoint.Y));
                Assert.Equal(score, keypoint.Score, 0.001f);
            });
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task<List<ResultFrame>> ProcessAsync(params string[] options)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["process", Clip(), "--out", "out", "--json", .. options]);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        return [.. PoseResult.Open(Assert.Single(run.Json).GetProperty("result").GetString()!).ReadFrames(TestContext.Current.CancellationToken)];
    }

    private string Clip()
    {
        string clip = _folder["gray.mkv"];
        Clips.Make(
            "-f", "lavfi", "-i", "color=black:s=192x256:r=2:d=1,format=gbrp,geq=r=10*N:g=10*N:b=10*N", "-frames:v", "2", "-c:v", "ffv1", "-pix_fmt", "gbrp", clip);
        return clip;
    }

    private string Package(string name, string file, string family, Dictionary<string, object> decoder, bool hasJoints, params string[] outputs)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName;
        File.Copy(CaseFiles.Of(file), Path.Combine(folder, "model.onnx"));
        File.WriteAllText(Path.Combine(folder, "model.json"), ModelJson.Write(new()
        {
            Name = name,
            Family = family,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(CaseFiles.Of(file)))),
            Licence = "Apache-2.0",
            Origin = "made by hand",
            Input = new()
            {
                Name = "image",
                Layout = TensorLayout.Nchw,
                Type = file.Contains("float16", StringComparison.Ordinal) ? TensorType.Float16 : TensorType.Float32,
                Size = new(192, 256),
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.LetterboxTopLeft,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            },
            Outputs = [.. outputs.Select(output => output.Split('=')).Select(pair => new ModelOutput(pair[0], pair[1], family == "topdown-heatmap" ? TensorLayout.Nchw : TensorLayout.Plain))],
            Decoder = decoder,
            Skeleton = hasJoints ? Skeletons.Coco17 : new("none", [], [], []),
        }));
        return folder;
    }
}
