using PoseBatch.Worker.Cli.Commands;

namespace PoseBatch.Cli;

public class ProgressViewTests
{
    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(24.7382, "24.7 s")]
    [InlineData(59.9, "59.9 s")]
    [InlineData(151.4, "0:02:31")]
    [InlineData(7325, "2:02:05")]
    public void What_is_left_is_said_in_seconds_to_a_tenth_and_by_the_clock_from_a_minute_on(double seconds, string words) =>
        Assert.Equal(words, ProgressView.Left(seconds));
}
