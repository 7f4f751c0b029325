using FsCheck;
using FsCheck.Fluent;
using PoseBatch.Shared;

namespace PoseBatch.Pipeline;

public class FrameSelectionTests
{
    [Fact]
    public void A_time_range_includes_its_start_and_excludes_its_end()
    {
        FrameSelection.Counter counter = new FrameSelection { StartSeconds = 0.2, EndSeconds = 0.5 }.Start();

        Assert.Equal([2L, 3L, 4L], Enumerable.Range(0, 10).Select(i => Some.Stamp(i)).Where(stamp => counter.Takes(stamp)).Select(stamp => stamp.Index));
    }

    [Fact]
    public void At_most_the_asked_number_of_frames_is_taken()
    {
        FrameSelection.Counter counter = new FrameSelection { MaxFrames = 2, Stride = 2 }.Start();

        Assert.Equal([0L, 2L], Enumerable.Range(0, 10).Select(i => Some.Stamp(i)).Where(stamp => counter.Takes(stamp)).Select(stamp => stamp.Index));
    }

    [Fact]
    public void Every_frame_is_taken_or_skipped_and_the_taken_ones_are_the_arithmetic_of_range_and_stride()
    {
        Prop.ForAll(
            (from count in Gen.Choose(0, 200)
             from first in Gen.Choose(0, 250)
             from length in Gen.Choose(1, 250)
             from stride in Gen.Choose(1, 20)
             select (count, first, length, stride)).ToArbitrary(),
            world =>
            {
                FrameSelection selection = new() { FirstFrame = world.first, EndFrame = world.first + world.length, Stride = world.stride };
                FrameSelection.Counter counter = selection.Start();
                long[] taken = [.. Enumerable.Range(0, world.count).Select(i => Some.Stamp(i)).Where(stamp => counter.Takes(stamp)).Select(stamp => stamp.Index)];
                List<long> expected = [];
                for (long i = world.first; i < Math.Min(world.first + world.length, world.count); i += world.stride)
                {
                    expected.Add(i);
                }

                return taken.SequenceEqual(expected);
            }).QuickCheckThrowOnFailure();
    }
}
