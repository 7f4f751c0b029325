using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Poses;

namespace PoseBatch.Cli;

public class SkeletonSubtitlesTests
{
    // A left hand, a right hand and a head; a bone from hand to hand and one from the left hand to the head.
    private static readonly Skeleton Small = new("small", ["left_hand", "right_hand", "head"], [(0, 1), (0, 2)], [(0, 1)]);

    private static readonly Keypoint?[] Whole = [new(10, 20, 1), new(30, 20, 1), new(10, 60, 1)];

    [Theory]
    [InlineData(0.0, "0:00:00.00")]
    [InlineData(0.0234, "0:00:00.02")]
    [InlineData(61.5094, "0:01:01.50")]
    [InlineData(7325.019, "2:02:05.01")]
    public void A_drawing_starts_at_the_floor_of_its_frames_time(double seconds, string start) =>
        Assert.Equal(start, SkeletonSubtitles.TimeText(SkeletonSubtitles.StartOf(seconds)));

    [Fact]
    public void A_frame_at_an_even_hundredth_starts_one_earlier_because_ffmpeg_may_ask_a_millisecond_too_soon() =>
        Assert.Equal(3211, SkeletonSubtitles.StartOf(803 / 25.0));

    [Fact]
    public void A_drawing_ends_where_the_next_frame_begins_and_the_last_stays()
    {
        string[] lines = Events(new PosedFrame(0, [Whole]), new PosedFrame(1 / 30.0, [Whole]), new PosedFrame(2 / 30.0, [Whole]));

        Assert.Equal(
            ["0:00:00.00,0:00:00.03", "0:00:00.03,0:00:00.06", "0:00:00.06,9:59:59.99"],
            lines.Select(line => string.Join(',', line.Split(',')[1..3])).Distinct());
    }

    [Fact]
    public void A_frame_without_people_shows_nothing_and_ends_the_drawing_before_it()
    {
        string[] lines = Events(new PosedFrame(0, [Whole]), new PosedFrame(0.055, []), new PosedFrame(0.105, []));

        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Contains(",0:00:00.00,0:00:00.05,", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_side_has_a_line_of_its_own_with_its_bones_and_joints()
    {
        string[] lines = Events(new PosedFrame(0, [Whole]));

        // From left to right is in the middle, from left to the midline is left.
        Assert.Equal([("Middle", 1, 1), ("Right", 0, 1), ("Left", 1, 1)], lines.Select(Shapes));
    }

    [Fact]
    public void A_missing_joint_leaves_neither_bone_nor_disc()
    {
        string[] lines = Events(new PosedFrame(0, [[null, Whole[1], Whole[2]]]));

        Assert.Equal([("Middle", 0, 1), ("Right", 0, 1)], lines.Select(Shapes));
    }

    [Fact]
    public void A_bone_is_a_thin_quad_around_the_line_between_the_centres_of_two_pixels()
    {
        // On a 1000 x 1000 frame a bone is 7.2 px wide. From (10, 20) to (30, 20): x from 10.5 to 30.5, y 20.5 -+ 3.6, in eighths.
        string middle = Events(new Geometry.PixelSize(1000, 1000), new PosedFrame(0, [[Whole[0], Whole[1], null]]))[0];

        Assert.EndsWith(@"\p4}m 84 135 l 244 135 l 244 193 l 84 193", middle, StringComparison.Ordinal);
    }

    [Fact]
    public void All_shapes_turn_the_same_way_round_whichever_way_a_bone_points()
    {
        Keypoint?[][] poses = [Whole, [Whole[1], Whole[0], Whole[2]], [Whole[2], Whole[1], Whole[0]], [Whole[0], Whole[2], Whole[1]]];
        foreach (string shape in poses
            .SelectMany(pose => Events(new PosedFrame(0, [pose])))
            .SelectMany(line => line[(line.IndexOf('}', StringComparison.Ordinal) + 3)..].Split(" m ")))
        {
            double[] numbers = [.. shape.Split(' ').Where(word => word is not ("m" or "l" or "b")).Select(double.Parse)];
            (double X, double Y)[] points = [.. numbers.Chunk(2).Select(pair => (pair[0], pair[1]))];
            double area = points.Zip([.. points[1..], points[0]], (from, to) => (from.X * to.Y) - (to.X * from.Y)).Sum();
            Assert.True(area > 0, shape);
        }
    }

    [Fact]
    public void A_track_gives_all_bones_its_colour_and_the_joints_keep_their_sides()
    {
        string[] lines = Events(new PosedFrame(0, [Whole, Whole]) { Tags = [new(0, 0.5f), new(13, 0.5f)] });

        Assert.Equal(["Track0", "Middle", "Right", "Left", "Track1", "Middle", "Right", "Left"], lines.Select(line => line.Split(',')[3]));
        Assert.All(lines.Where(line => !line.Contains(",Track", StringComparison.Ordinal)), line => Assert.Equal((0, 1), (Shapes(line).Bones, Shapes(line).Discs)));

        // Two bones, and the strokes of "#0 0.50": 4, 4, 4, 1, 5, 4.
        Assert.Equal(2 + 22, Shapes(lines[0]).Bones);
    }

    [Fact]
    public void A_person_without_a_track_is_drawn_by_side_with_its_score()
    {
        string[] lines = Events(new PosedFrame(0, [Whole]) { Tags = [new(null, 0.11f)] });

        // The bone between the hands, and the strokes of "0.11": 4, 1, 2, 2.
        Assert.Equal([("Middle", 1 + 9, 1), ("Right", 0, 1), ("Left", 1, 1)], lines.Select(Shapes));
    }

    [Fact]
    public void A_joint_is_drawn_the_smaller_the_less_sure_the_model_was()
    {
        double[] widths = [.. new[] { 1f, 0.5f, 0f }.Select(score => WidthOf(Events(new PosedFrame(0, [[null, null, new(100, 100, score)]]) { Tags = [new(3, 1)] })[^1]))];

        Assert.True(widths[0] > widths[1] && widths[1] > widths[2] && widths[2] > 0, string.Join(' ', widths));
    }

    [Fact]
    public void A_slower_clock_shows_each_frame_of_a_fast_video_apart()
    {
        using StringWriter text = new();
        new SkeletonSubtitles(new(64, 64), Small, stretch: 10).Write([new(0, [Whole]), new(1 / 240.0, [Whole]), new(2 / 240.0, [])], text);

        Assert.Equal(
            ["0:00:00.00,0:00:00.04", "0:00:00.04,0:00:00.08"],
            text.ToString().Split('\n').Where(line => line.StartsWith("Dialogue:", StringComparison.Ordinal)).Select(line => string.Join(',', line.Split(',')[1..3])).Distinct());
    }

    private static double WidthOf(string line)
    {
        double[] numbers = [.. line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ').Where(word => word is not ("m" or "l" or "b")).Select(double.Parse)];
        double[] x = [.. numbers.Where((_, i) => i % 2 == 0)];
        return x.Max() - x.Min();
    }

    [Fact]
    public void The_canvas_is_the_frame()
    {
        using StringWriter text = new();
        new SkeletonSubtitles(new(640, 360), Small).Write([], text);

        Assert.Contains("PlayResX: 640\nPlayResY: 360\n", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Dialogue", text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/plain/name.ass", "/plain/name.ass")]
    [InlineData("a:b", @"a\\:b")]
    [InlineData("a,b;[c]", @"a\,b\;\[c\]")]
    [InlineData("it's", @"it\\\'s")]
    [InlineData(@"a\b", @"a\\\\b")]
    public void Names_are_escaped_for_the_graph_and_for_the_option(string name, string escaped) =>
        Assert.Equal(escaped, FilterText.Escape(name));

    private static string[] Events(params PosedFrame[] frames) => Events(new Geometry.PixelSize(480, 480), frames);

    private static string[] Events(Geometry.PixelSize size, params PosedFrame[] frames)
    {
        using StringWriter text = new();
        new SkeletonSubtitles(size, Small).Write(frames, text);
        return [.. text.ToString().Split('\n').Where(line => line.StartsWith("Dialogue:", StringComparison.Ordinal))];
    }

    // A bone has straight sides, a disc has curves.
    private static (string Style, int Bones, int Discs) Shapes(string line)
    {
        string[] shapes = line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split("m ", StringSplitOptions.RemoveEmptyEntries);
        return (line.Split(',')[3], shapes.Count(shape => shape.Contains('l')), shapes.Count(shape => shape.Contains('b')));
    }
}
