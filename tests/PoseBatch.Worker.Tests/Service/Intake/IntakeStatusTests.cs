using Microsoft.Extensions.Logging;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>What is said of the inbox, and how often.</summary>
public sealed class IntakeStatusTests
{
    private readonly Lines _log = new();
    private readonly IntakeStatus _status;

    public IntakeStatusTests() => _status = new(_log);

    [Fact]
    public void A_trouble_is_logged_when_it_begins_and_once_when_all_are_over()
    {
        _status.RootTrouble = "'/inbox' is not there.";
        _status.Publish([]);
        _status.WalkTroubles = ["'/inbox/a' cannot be read."];
        _status.Publish([]);
        Assert.Equal($"'/inbox' is not there.{Environment.NewLine}'/inbox/a' cannot be read.", _status.Trouble);
        (_status.RootTrouble, _status.WalkTroubles) = (null, []);
        _status.Publish([]);
        _status.Publish([]);

        Assert.Equal(["Inbox: '/inbox' is not there.", "Inbox: '/inbox/a' cannot be read.", "Inbox: all is well again"], _log.Said);
        Assert.Null(_status.Trouble);
    }

    [Fact]
    public void Of_many_troubles_five_are_shown()
    {
        _status.StoreIsAway("It is locked.");
        _status.WalkTroubles = ["a", "b", "c", "d"];
        _status.MoveTroubles = ["e", "f"];
        _status.Publish([]);

        Assert.Equal(["The job store cannot be reached: It is locked. Files wait.", "a", "b", "c", "d", "and 2 more"], _status.Trouble!.Split(Environment.NewLine));
        Assert.Equal(7, _log.Said.Count);
        _status.StoreIsBack();
        _status.Publish([]);
        Assert.Equal(["a", "b", "c", "d", "e", "and 1 more"], _status.Trouble!.Split(Environment.NewLine));
    }

    [Fact]
    public void Files_that_wait_are_shown_in_the_order_in_which_they_came()
    {
        DateTimeOffset now = new ManualClock().GetUtcNow();

        _status.Publish([new("/inbox/a.mp4", 1, now.AddSeconds(1), "late"), new("/inbox/b.mp4", 1, now, "early")]);

        Assert.Equal(["early", "late"], _status.Settling.Select(file => file.Waiting));
    }

    [Fact]
    public void Files_that_are_passed_over_are_logged_again_when_they_are_twice_as_many()
    {
        foreach (int count in new[] { 1, 1, 2, 3, 4 })
        {
            _status.PassedOver(Names(count));
        }

        Assert.Equal([1, 2, 4], _log.Said.Select(line => line.Split(".txt").Length - 1));
        Assert.Equal("4 files: 0.txt, 1.txt, 2.txt, 3.txt", _status.LeftOut);
        _status.PassedOver(Names(1));
        Assert.Equal("1 file: 0.txt", _status.LeftOut);
        _status.PassedOver(Names(0));
        Assert.Null(_status.LeftOut);
    }

    private static LeftOutNames Names(int count)
    {
        LeftOutNames names = new();
        for (int number = 0; number < count; number++)
        {
            names.Add(FormattableString.Invariant($"{number}.txt"), isHidden: false);
        }

        return names;
    }

    private sealed class Lines : ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }
}
