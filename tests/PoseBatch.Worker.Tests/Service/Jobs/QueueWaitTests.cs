using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

public class QueueWaitTests
{
    [Theory]
    [InlineData(2, 1, 3, true)]    // one runs, and the other place is for short ones
    [InlineData(4, 3, 1, true)]
    [InlineData(2, 2, 3, false)]   // all slots are taken: waiting explains itself
    [InlineData(2, 0, 3, false)]   // about to begin
    [InlineData(4, 2, 3, false)]
    [InlineData(1, 0, 3, false)]   // a single place is for all
    [InlineData(2, 1, 0, false)]   // nobody waits
    public void Only_a_place_that_is_kept_for_short_videos_has_to_be_explained(int slots, int held, int queued, bool isExplained)
    {
        Settings settings = new() { Jobs = new() { Parallel = slots, ShortSeconds = 90 } };
        Dictionary<JobStatus, long> counts = new() { [JobStatus.Queued] = queued, [JobStatus.Running] = held, [JobStatus.Completed] = 7 };
        string? words = WaitReason.Of(settings, counts);

        Assert.Equal(isExplained, words is not null);
        if (isExplained)
        {
            Assert.StartsWith($"{held} of {slots} slots are taken, and the one that is free is kept for videos of up to 90 s", words, StringComparison.Ordinal);
        }
    }
}
