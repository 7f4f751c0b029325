using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Rendering;

/// <summary>Turns frames of a result into what is drawn on them.</summary>
internal static class DrawnFrames
{
    /// <summary>The skeletons alone, as the tables have them.</summary>
    public static PosedFrame Bare(ResultFrame frame) => new(frame.Seconds, [.. frame.People.Select(person => Joints(person, 1, 1))]);

    /// <summary>Skeletons with track and score, for a canvas of a given size.</summary>
    /// <param name="frame">The frame; its own size may differ from the canvas where the stream changes size midway.</param>
    /// <param name="canvas">Size of the canvas in pixels.</param>
    public static PosedFrame Tagged(ResultFrame frame, PixelSize canvas)
    {
        PixelSize own = frame.Size ?? canvas;
        float across = (float)canvas.Width / own.Width, down = (float)canvas.Height / own.Height;
        return new(frame.Seconds, [.. frame.People.Select(person => Joints(person, across, down))])
        {
            Tags = [.. frame.People.Select(person => new PersonTag(person.TrackId, person.Score))],
        };
    }

    // Positions count from the centre of the first pixel, sizes from its corner.
    private static Keypoint?[] Joints(ResultPerson person, float across, float down) =>
    [
        .. person.Joints.Select(joint => !joint.IsFound
            ? (Keypoint?)null
            : joint with { X = ((joint.X + 0.5f) * across) - 0.5f, Y = ((joint.Y + 0.5f) * down) - 0.5f }),
    ];
}
