using System.Globalization;
using System.Text;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>
/// Writes skeletons as an ASS subtitle file of vector drawings, which ffmpeg's <c>ass</c> filter burns into a video: the
/// rasteriser is libass, and nothing here draws a pixel. Every frame gets its own drawing, for frame rates below 100 times
/// the stretch.
/// </summary>
/// <param name="size">Size of the frame the drawings are for, display-oriented, in pixels.</param>
/// <param name="skeleton">Order and bones of the joints.</param>
/// <param name="stretch">How many times slower than the tables' the clock of the file runs: its steps are 1/100 s.</param>
public sealed class SkeletonSubtitles(PixelSize size, Skeleton skeleton, int stretch = 1)
{
    // Drawing coordinates are whole numbers; \p4 makes one of them 1/8 of a pixel.
    private const int Steps = 8;
    private const string Drawing = @"\p4";

    // A drawing is shown from 1/100 s to 1/100 s. ffmpeg computes a frame's milliseconds in floating point and cuts, so a
    // frame at an even 1/100 s may ask one millisecond too early (32.12 s at 25 fps does): such a start is put 1/100 s back.
    private const double Hair = 1e-6;

    // What may be shown at last: until the video ends.
    private const long Forever = (10 * 360_000) - 1;

    // Farther out than any frame reaches, and far from the limits of the rasteriser.
    private const float Farthest = 16_384;

    // Joints of no confidence at all keep this share of their size.
    private const float LeastJoint = 0.45f;

    private static readonly BodySide[] Layers = [BodySide.Middle, BodySide.Right, BodySide.Left];

    private readonly float _boneHalfWidth = float.Max(1, 0.0036f * int.Min(size.Width, size.Height));
    private readonly float _jointRadius = float.Max(1.5f, 0.0085f * int.Min(size.Width, size.Height));
    private readonly float _textStep = float.Max(1.6f, 0.0038f * int.Min(size.Width, size.Height));
    private readonly (int From, int To, BodySide Side)[] _bones =
        [.. skeleton.Edges.Select(edge => (edge.From, edge.To, BodySides.OfBone(skeleton, edge.From, edge.To)))];

    private readonly BodySide[] _joints = [.. Enumerable.Range(0, skeleton.KeypointCount).Select(joint => BodySides.OfJoint(skeleton, joint))];

    /// <summary>The colour of a side as <c>RRGGBB</c>, for legends.</summary>
    public static string ColourOf(BodySide side) => side switch
    {
        BodySide.Left => "FF8C1A",
        BodySide.Right => "1FC8FF",
        _ => "F4F4F4",
    };

    /// <summary>Writes the whole file.</summary>
    /// <param name="frames">Frames in the order of their times. The drawing of the last stays until the video ends.</param>
    /// <param name="output">Receives the text, lines ended by a line feed.</param>
    public void Write(IEnumerable<PosedFrame> frames, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(output);
        WriteHead(output);
        PosedFrame? before = null;
        foreach (PosedFrame frame in frames)
        {
            WriteFrame(before, StartOf(frame.Seconds * stretch), output);
            before = frame;
        }

        long last = StartOf((before?.Seconds ?? 0) * stretch);
        WriteFrame(before, last < Forever ? Forever : last + Forever, output);
    }

    /// <summary>The 1/100 s from which on the frame of that time shows its drawing.</summary>
    internal static long StartOf(double seconds) => long.Max(0, (long)Math.Floor((seconds * 100) - Hair));

    /// <summary>For example <c>0:01:02.50</c>.</summary>
    internal static string TimeText(long centiseconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"{centiseconds / 360_000}:{centiseconds / 6000 % 60:00}:{centiseconds / 100 % 60:00}.{centiseconds % 100:00}");

    private void WriteHead(TextWriter output)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"""
             [Script Info]
             ScriptType: v4.00+
             PlayResX: {size.Width}
             PlayResY: {size.Height}
             ScaledBorderAndShadow: yes
             WrapStyle: 2
             YCbCr Matrix: None

             [V4+ Styles]
             Format: Name, PrimaryColour, OutlineColour, BorderStyle, Outline, Shadow, Alignment
             {Style(BodySide.Middle)}
             {Style(BodySide.Left)}
             {Style(BodySide.Right)}
             {string.Join('\n', Enumerable.Range(0, TrackColours.Count).Select(track => Style($"Track{track}", TrackColours.Of(track))))}

             [Events]
             Format: Layer, Start, End, Style, Text

             """);
        output.Write(head.ReplaceLineEndings("\n"));
    }

    private static string Style(BodySide side) => Style(side.ToString(), ColourOf(side));

    // Colours are written &HAABBGGRR, alpha 0 being opaque.
    private static string Style(string name, string colour) =>
        $"Style: {name},&H00{colour[4..6]}{colour[2..4]}{colour[0..2]},&H30000000,1,1,0,7";

    private void WriteFrame(PosedFrame? frame, long end, TextWriter output)
    {
        if (frame is not { People.Count: > 0 } shown || StartOf(shown.Seconds * stretch) is var start && start >= end)
        {
            return;
        }

        for (int i = 0; i < shown.People.Count; i++)
        {
            IReadOnlyList<Keypoint?> person = shown.People[i];
            PersonTag? tag = shown.Tags?[i];

            // One line per colour: several drawings in one line would be set side by side, like words.
            StringBuilder own = new();
            if (tag is { TrackId: { } track })
            {
                AppendBones(own, person, null);
                AppendTag(own, person, tag.Value);
                WriteLine(0, $"Track{TrackColours.IndexOf(track)}", own);
            }

            foreach (BodySide side in Layers)
            {
                StringBuilder drawing = new();
                if (tag is not { TrackId: not null })
                {
                    AppendBones(drawing, person, side);
                    if (tag is { } untracked && side == BodySide.Middle)
                    {
                        AppendTag(drawing, person, untracked);
                    }
                }

                AppendJoints(drawing, person, side, isScaled: tag is not null);
                WriteLine((int)side, side.ToString(), drawing);
            }
        }

        void WriteLine(int layer, string style, StringBuilder drawing)
        {
            if (drawing.Length > 0)
            {
                output.Write($@"Dialogue: {layer},{TimeText(start)},{TimeText(end)},{style},{{\an7\pos(0,0){Drawing}}}{drawing}");
                output.Write('\n');
            }
        }
    }

    private void AppendBones(StringBuilder drawing, IReadOnlyList<Keypoint?> person, BodySide? side)
    {
        foreach ((int from, int to, BodySide boneSide) in _bones)
        {
            if ((side is null || boneSide == side) && person[from] is { } one && person[to] is { } other)
            {
                (float fromX, float fromY) = Place(one);
                (float toX, float toY) = Place(other);
                AppendBar(drawing, fromX, fromY, toX, toY, _boneHalfWidth);
            }
        }
    }

    private void AppendJoints(StringBuilder drawing, IReadOnlyList<Keypoint?> person, BodySide side, bool isScaled)
    {
        for (int joint = 0; joint < _joints.Length; joint++)
        {
            if (_joints[joint] == side && person[joint] is { } position)
            {
                float share = isScaled ? LeastJoint + ((1 - LeastJoint) * float.Clamp(position.Score, 0, 1)) : 1;
                AppendDisc(drawing, position, share * _jointRadius);
            }
        }
    }

    /// <summary>Track and score above the person's highest joint, in the picture as far as it goes.</summary>
    private void AppendTag(StringBuilder drawing, IReadOnlyList<Keypoint?> person, PersonTag tag)
    {
        (float X, float Y)? top = null;
        float lowest = float.NegativeInfinity;
        foreach (Keypoint? joint in person)
        {
            if (joint is { } found && Place(found) is var place)
            {
                top = top is null || place.Y < top.Value.Y ? place : top;
                lowest = float.Max(lowest, place.Y);
            }
        }

        if (top is not { } highest)
        {
            return;
        }

        string score = float.Clamp(tag.Score, -99, 99).ToString("F2", CultureInfo.InvariantCulture);
        string text = tag.TrackId is { } track ? string.Create(CultureInfo.InvariantCulture, $"#{track} {score}") : score;
        float width = StrokeText.WidthOf(text) * _textStep, height = StrokeText.Height * _textStep;
        float left = float.Clamp(highest.X - (width / 2), 2 * _textStep, float.Max(2 * _textStep, size.Width - width - (2 * _textStep)));

        // The head reaches above its highest joint by about a tenth of the rest.
        float above = highest.Y - (0.11f * (lowest - highest.Y)) - _jointRadius - height;
        float upper = float.Clamp(above, 2 * _textStep, float.Max(2 * _textStep, size.Height - height - (2 * _textStep)));
        float half = float.Max(0.9f, 0.45f * _textStep);
        foreach ((float fromX, float fromY, float toX, float toY) in StrokeText.StrokesOf(text))
        {
            AppendBar(drawing, left + (fromX * _textStep), upper + (fromY * _textStep), left + (toX * _textStep), upper + (toY * _textStep), half);
        }
    }

    // All shapes turn the same way round: where they overlap, opposite turns would cancel out and leave a hole.
    private static void AppendBar(StringBuilder drawing, float fromX, float fromY, float toX, float toY, float halfWidth)
    {
        float length = float.Hypot(toX - fromX, toY - fromY);
        if (length < 1f / Steps)
        {
            return;
        }

        float acrossX = -(toY - fromY) / length * halfWidth;
        float acrossY = (toX - fromX) / length * halfWidth;
        AppendPoint(drawing, 'm', fromX - acrossX, fromY - acrossY);
        AppendPoint(drawing, 'l', toX - acrossX, toY - acrossY);
        AppendPoint(drawing, 'l', toX + acrossX, toY + acrossY);
        AppendPoint(drawing, 'l', fromX + acrossX, fromY + acrossY);
    }

    // Four Bezier curves; a handle of 0.5523 radii makes them a circle to 0.03 %.
    private static void AppendDisc(StringBuilder drawing, Keypoint joint, float r)
    {
        (float x, float y) = Place(joint);
        float h = 0.5523f * r;
        AppendPoint(drawing, 'm', x + r, y);
        AppendPoint(drawing, 'b', x + r, y + h);
        AppendPoint(drawing, ' ', x + h, y + r);
        AppendPoint(drawing, ' ', x, y + r);
        AppendPoint(drawing, 'b', x - h, y + r);
        AppendPoint(drawing, ' ', x - r, y + h);
        AppendPoint(drawing, ' ', x - r, y);
        AppendPoint(drawing, 'b', x - r, y - h);
        AppendPoint(drawing, ' ', x - h, y - r);
        AppendPoint(drawing, ' ', x, y - r);
        AppendPoint(drawing, 'b', x + h, y - r);
        AppendPoint(drawing, ' ', x + r, y - h);
        AppendPoint(drawing, ' ', x + r, y);
    }

    // Positions count from the centre of the first pixel, the canvas from its corner.
    private static (float X, float Y) Place(Keypoint joint) =>
        (float.Clamp(joint.X, -Farthest, Farthest) + 0.5f, float.Clamp(joint.Y, -Farthest, Farthest) + 0.5f);

    private static void AppendPoint(StringBuilder drawing, char verb, float x, float y)
    {
        string gap = drawing.Length > 0 ? " " : string.Empty;
        string command = verb == ' ' ? string.Empty : $"{verb} ";
        drawing.Append(CultureInfo.InvariantCulture, $"{gap}{command}{float.Round(x * Steps):F0} {float.Round(y * Steps):F0}");
    }
}
