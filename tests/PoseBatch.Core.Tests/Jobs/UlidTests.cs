namespace PoseBatch.Jobs;

public class UlidTests
{
    private readonly MovableClock _clock = new();

    [Fact]
    public void The_first_ten_digits_are_the_time()
    {
        // The example of the specification: 1469918176385 ms is 01ARYZ6S41.
        _clock.Now = DateTimeOffset.FromUnixTimeMilliseconds(1469918176385);

        string id = new Ulid(_clock).Next();

        Assert.StartsWith("01ARYZ6S41", id, StringComparison.Ordinal);
        Assert.True(Ulid.IsUlid(id));
    }

    [Fact]
    public void Each_is_greater_than_the_one_before_even_when_the_clock_goes_back()
    {
        Ulid ids = new(_clock);
        List<string> made = [];
        for (int i = 0; i < 3000; i++)
        {
            _clock.Now = _clock.Now.AddMilliseconds((i % 7) - 3);
            made.Add(ids.Next());
        }

        Assert.Equal(made.Order(StringComparer.Ordinal), made);
        Assert.Equal(3000, made.Distinct().Count());
    }

    [Fact]
    public void Threads_and_makers_never_make_the_same()
    {
        Ulid[] makers = [new(_clock), new(_clock)];
        string[][] made = new string[8][];
        Parallel.For(0, 8, thread => made[thread] = [.. Enumerable.Range(0, 2000).Select(_ => makers[thread % 2].Next())]);

        Assert.Equal(16000, made.SelectMany(ids => ids).Distinct().Count());
        Assert.All(made, ids => Assert.Equal(ids.Order(StringComparer.Ordinal), ids));
    }

    [Theory]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAV", true)]
    [InlineData("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true)]
    [InlineData("8ZZZZZZZZZZZZZZZZZZZZZZZZZ", false)]
    [InlineData("01arz3ndektsv4rrffq69g5fav", false)]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAU", false)]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FA", false)]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAVV", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_its_one_spelling_is_one(string? text, bool isOne) => Assert.Equal(isOne, Ulid.IsUlid(text));

    private sealed class MovableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
