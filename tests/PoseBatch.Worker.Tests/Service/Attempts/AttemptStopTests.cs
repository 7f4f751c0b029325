using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public class AttemptStopTests
{
    [Fact]
    public void Of_several_causes_the_first_counts()
    {
        using AttemptStop stop = new();
        Assert.Equal((StopCause.None, false), (stop.Cause, stop.Token.IsCancellationRequested));

        stop.Because(StopCause.Drained);
        stop.Because(StopCause.Lost);

        Assert.Equal((StopCause.Drained, true), (stop.Cause, stop.Token.IsCancellationRequested));
    }

    [Fact]
    public void What_has_ended_can_still_be_told_to()
    {
        AttemptStop stop = new();
        stop.Dispose();

        stop.Because(StopCause.Cancelled);

        Assert.Equal(StopCause.Cancelled, stop.Cause);
    }
}
