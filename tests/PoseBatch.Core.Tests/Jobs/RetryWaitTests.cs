namespace PoseBatch.Jobs;

public class RetryWaitTests
{
    [Theory]
    [InlineData(1, 15, 0.5, 15)]
    [InlineData(2, 15, 0.5, 30)]
    [InlineData(4, 15, 0.5, 120)]
    [InlineData(1, 15, 0, 11.25)]
    [InlineData(1, 15, 1, 18.75)]
    [InlineData(9, 15, 0.5, 3600)]      // 15 * 256 = 3840
    [InlineData(1000, 15, 0.5, 3600)]
    [InlineData(1, 86_400, 0.5, 3600)]
    [InlineData(5, 0, 1, 0)]
    public void A_wait_doubles_with_every_attempt_up_to_an_hour_and_is_spread(int attempt, double first, double chance, double seconds) =>
        Assert.Equal(seconds, RetryWait.After(attempt, first, chance).TotalSeconds, 1e-9);

    [Fact]
    public void No_wait_is_longer_than_the_longest()
    {
        Assert.Equal(TimeSpan.FromMinutes(75), RetryWait.Longest);
        Assert.Equal(RetryWait.Longest, RetryWait.After(1000, 86_400, chance: 1));
    }
}
