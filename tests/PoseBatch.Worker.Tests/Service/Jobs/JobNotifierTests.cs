using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

public sealed class JobNotifierTests : IDisposable
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private readonly ManualClock _clock = new();
    private readonly StubStore _store = new();
    private readonly Listener _listener = new();
    private readonly JobNotifier _notifier;

    public JobNotifierTests() => _notifier = new(_store, NullLogger.Instance, _clock, _listener);

    public void Dispose() => _notifier.Dispose();

    [Theory]
    [InlineData(0, 5.0)]
    [InlineData(1, 10.0)]
    [InlineData(10, 5120.0)]   // 5 * 2^10
    [InlineData(11, null)]     // the twelfth try was the last
    public void The_wait_doubles_until_it_is_given_up(int tries, double? seconds) => Assert.Equal(seconds, JobNotifier.WaitAfter(tries)?.TotalSeconds);

    [Fact]
    public async Task A_job_that_is_over_is_told_once_as_the_json_of_the_api()
    {
        _store.Notices.Enqueue(Notice());
        await RunAsync(told: 1);

        Assert.Equal(["notice 7 again in never"], _store.Told);
        Assert.Equal(("http://here/done", JobRecordJson.Write(Notice().Job)), Assert.Single(_listener.Posts));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.MovedPermanently)]
    [InlineData(null)]   // nobody listens
    public async Task What_is_not_taken_is_tried_again_after_a_while(HttpStatusCode? answer)
    {
        _listener.Answer = answer;
        _store.Notices.Enqueue(Notice(tries: 3));
        await RunAsync(told: 1);

        Assert.Equal(["notice 7 again in 40"], _store.Told);   // 5 * 2^3
    }

    [Fact]
    public async Task After_the_last_try_it_is_given_up()
    {
        _listener.Answer = HttpStatusCode.NotFound;
        _store.Notices.Enqueue(Notice(tries: JobNotifier.MostTries - 1));
        await RunAsync(told: 1);

        Assert.Equal(["notice 7 again in never"], _store.Told);
    }

    [Fact]
    public async Task A_store_that_is_away_is_asked_again_two_seconds_later()
    {
        _store.IsAway = true;
        await _notifier.StartAsync(Stop);
        await _clock.SomebodyWaitsAsync();
        Assert.Empty(_store.Told);

        _store.IsAway = false;
        _store.Notices.Enqueue(Notice());
        _clock.Advance(2);
        await ToldAsync(1);
        await _notifier.StopAsync(Stop);
    }

    [Fact]
    public async Task An_address_that_does_not_answer_keeps_no_other_waiting()
    {
        TaskCompletionSource slow = new();
        _listener.Slow = slow.Task;
        _store.Notices.Enqueue(Notice());
        _store.Notices.Enqueue(Notice() with { Id = 8, Job = Notice().Job with { Spec = SomeJob.Spec() with { NotifyUrl = new("http://other/done") } } });

        await _notifier.StartAsync(Stop);
        await ToldAsync(1);
        Assert.Equal(["notice 8 again in never"], _store.Told);

        slow.SetResult();
        await ToldAsync(2);
        await _notifier.StopAsync(Stop);
    }

    private static JobNotice Notice(int tries = 0) =>
        new(7, SomeJob.Record(status: JobStatus.Completed, spec: SomeJob.Spec() with { NotifyUrl = new("http://here/done") }), tries);

    private async Task RunAsync(int told)
    {
        await _notifier.StartAsync(Stop);
        await ToldAsync(told);
        await _notifier.StopAsync(Stop);
    }

    private async Task ToldAsync(int count)
    {
        while (_store.ToldCount < count)
        {
            await Task.Yield();
        }
    }

    /// <summary>Takes posts; the host "here" may be slow.</summary>
    private sealed class Listener : HttpMessageHandler
    {
        public HttpStatusCode? Answer { get; set; } = HttpStatusCode.OK;

        public Task Slow { get; set; } = Task.CompletedTask;

        public List<(string Url, string Body)> Posts { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host == "here")
            {
                await Slow.WaitAsync(cancellationToken);
            }

            Posts.Add((request.RequestUri.AbsoluteUri, await request.Content!.ReadAsStringAsync(cancellationToken)));
            return Answer is { } code ? new HttpResponseMessage(code) : throw new HttpRequestException("Connection refused");
        }
    }
}
