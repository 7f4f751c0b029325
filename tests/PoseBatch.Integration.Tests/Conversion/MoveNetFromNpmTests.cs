using System.Globalization;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Onnx;
using PoseBatch.Shared;

namespace PoseBatch.Conversion;

/// <summary>MoveNet's graphs from their npm package, converted, against what TensorFlow.js gives for the same pictures (case m-movenet-from-npm).</summary>
public sealed class MoveNetFromNpmTests : IDisposable
{
    private const int JointCount = 17;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("movenet-lightning", 192, 0.05)]
    [InlineData("movenet-thunder", 256, 0.001)]
    public async Task A_converted_network_finds_the_joints_that_TensorFlow_js_finds(string name, int side, double mostPixels)
    {
        string expectedFile = SharedMedia.File("cases", "m-movenet-from-npm", "expected.json");
        string package = Directory.CreateDirectory(_folder[name]).FullName;
        HumanModels.Convert(name, package);

        // The eight frames as the case has them, without loss.
        string filter = string.Create(CultureInfo.InvariantCulture, $"fps=1,scale={side}:{side},setsar=1,format=rgb24");
        Clips.Make("-i", SharedMedia.File("media", "videos", "squats.mp4"), "-vf", filter, "-frames:v", "8", "-c:v", "ffv1", "-pix_fmt", "bgr0", _folder["frames.mkv"]);
        string result = await ProcessAsync(_folder["frames.mkv"], package, "--min-person-score", "0");

        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(expectedFile));
        SortedDictionary<int, List<ResultPoses.Joint[]>> found = ResultPoses.Read(result, JointCount);
        JsonElement frames = expected.RootElement.GetProperty(name);
        Assert.Equal(8, frames.GetArrayLength());
        for (int frame = 0; frame < frames.GetArrayLength(); frame++)
        {
            double[] numbers = [.. frames[frame].EnumerateArray().Select(number => number.GetDouble())];
            for (int joint = 0; joint < JointCount; joint++)
            {
                ResultPoses.Joint own = found[frame][0][joint];
                double distance = double.Hypot(own.X - (numbers[(3 * joint) + 1] * side), own.Y - (numbers[3 * joint] * side));
                Assert.True(distance <= mostPixels, $"joint {joint} of frame {frame} is {distance} px away");
                Assert.Equal(numbers[(3 * joint) + 2], own.Confidence, 1e-5);
            }
        }
    }

    [Fact]
    public async Task Thunder_follows_the_squats_within_the_pixels_of_the_reference()
    {
        string reference = SharedMedia.File("media", "references", "squats.blazepose-full.coco17.json");
        string package = Directory.CreateDirectory(_folder["thunder"]).FullName;
        HumanModels.Convert("movenet-thunder", package);

        (double median, double pck) = Accuracy.Against(reference, await ProcessAsync(SharedMedia.File("media", "videos", "squats.mp4"), package));

        Assert.InRange(median, 0, 11.5);
        Assert.InRange(pck, 0.995, 1);
    }

    private async Task<string> ProcessAsync(string video, string package, params string[] further)
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
            _folder.Path, ["process", video, "--model", package, "--provider", "cpu", "--out", _folder["out"], "--json", "--quiet", .. further]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return Directory.GetDirectories(_folder["out"]).Single();
    }
}
