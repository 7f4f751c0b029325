using System.Net;
using System.Text;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.Worker.Cli.Client;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Cli;

/// <summary>What the client asks a service, and how it understands the answers.</summary>
public sealed class RemoteJobsTests
{
    private static readonly JobRecord Some = new()
    {
        Id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        Spec = SomeJobs.Everything,
        Origin = "api",
        Status = JobStatus.Running,
        Attempt = 1,
        Token = 3,
        RunAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public async Task A_job_is_posted_with_the_key_and_a_new_one_is_told_from_a_known_one()
    {
        Answers service = new((HttpStatusCode.Created, JobRecordJson.Write(Some)), (HttpStatusCode.OK, JobRecordJson.Write(Some)));
        await using RemoteJobs jobs = new(new Uri("http://service.test/base"), "secret", service);

        JobSubmission first = await jobs.SubmitAsync(SomeJobs.Everything, default);
        JobSubmission second = await jobs.SubmitAsync(SomeJobs.Everything, default);

        Assert.Equal((true, false), (first.IsNew, second.IsNew));
        Assert.Equivalent(Some, first.Job, strict: true);
        Assert.Equal($"POST http://service.test/base/api/jobs secret {JobJson.Write(SomeJobs.Everything)}", service.Asked[0]);
    }

    [Fact]
    public async Task Lists_histories_and_changes_have_their_addresses()
    {
        JobEvent entry = new(7, Some.Id, DateTimeOffset.UnixEpoch, "running", "w", 1, 3, null, "m");
        string job = JobRecordJson.Write(Some);
        Answers service = new(
            (HttpStatusCode.OK, "{\"jobs\":[" + job + """],"next":null,"counts":{"running":1,"dead":0,"newer":5}}"""),
            (HttpStatusCode.OK, "{\"events\":[" + JobRecordJson.Write(entry) + """],"last":7}"""),
            (HttpStatusCode.OK, job),
            (HttpStatusCode.OK, job),
            (HttpStatusCode.NotFound, """{"code":"not_found","detail":"There is no such job."}"""));
        await using RemoteJobs jobs = new(new Uri("http://service.test"), null, service);

        (IReadOnlyList<JobRecord> found, IReadOnlyDictionary<JobStatus, long> counts) = await jobs.ListAsync(
            new JobQuery { Statuses = [JobStatus.Running, JobStatus.RetryWait], Group = "a&b", Before = "x", Most = 5 }, default);
        Assert.Equal(Some.Id, Assert.Single(found).Id);
        Assert.Equal([new(JobStatus.Running, 1L)], counts);
        Assert.Equal([entry], await jobs.EventsAsync("i d", 6, default));
        Assert.NotNull(await jobs.CancelAsync("a", default));
        Assert.NotNull(await jobs.RetryAsync("a", default));
        Assert.Null(await jobs.FindAsync("a", default));

        Assert.Equal(
            [
                "GET http://service.test/api/jobs?limit=5&status=running,retry_wait&group=a%26b&before=x  ",
                "GET http://service.test/api/jobs/i%20d/events?after=6&limit=10000  ",
                "POST http://service.test/api/jobs/a/cancel  ",
                "POST http://service.test/api/jobs/a/retry  ",
                "GET http://service.test/api/jobs/a  ",
            ],
            service.Asked);
    }

    [Fact]
    public async Task A_job_that_is_not_one_to_try_again_is_shown_as_it_is()
    {
        Answers service = new(
            (HttpStatusCode.Conflict, """{"code":"nothing_to_retry","detail":"It is completed."}"""),
            (HttpStatusCode.OK, JobRecordJson.Write(Some)));
        await using RemoteJobs jobs = new(new Uri("http://service.test"), null, service);

        Assert.Equivalent(Some, await jobs.RetryAsync("a", default), strict: true);
        Assert.Equal(["POST http://service.test/api/jobs/a/retry  ", "GET http://service.test/api/jobs/a  "], service.Asked);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, """{"code":"unauthorized","detail":"A key is needed."}""", "--api-key")]
    [InlineData(HttpStatusCode.ServiceUnavailable, """{"code":"store_unavailable","detail":"Locked.","advice":"Try again."}""", "cannot do it: Locked. Try again.")]
    [InlineData(HttpStatusCode.OK, "<html>", "is not a PoseBatch service")]
    [InlineData(HttpStatusCode.OK, "{}", "is not a PoseBatch service")]
    [InlineData(HttpStatusCode.NotFound, "{}", "cannot do it: HTTP 404")]
    public async Task What_a_service_cannot_do_is_told_in_words(HttpStatusCode status, string body, string words)
    {
        await using RemoteJobs jobs = new(new Uri("http://service.test"), null, new Answers((status, body)));
        JobStoreUnavailableException trouble = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => jobs.FindAsync("a", default));
        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_without_the_API_is_not_an_unknown_job()
    {
        await using RemoteJobs jobs = new(
            new Uri("http://service.test/elsewhere"), null, new Answers((HttpStatusCode.NotFound, """{"code":"no_route","detail":"There is nothing at /elsewhere/api/jobs/a."}""")));
        JobStoreUnavailableException trouble = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => jobs.FindAsync("a", default));

        Assert.Equal((false, true), (trouble.MayPass, trouble.Message.Contains("/elsewhere/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Whoever_is_not_let_in_does_not_wait_to_be()
    {
        await using RemoteJobs jobs = new(new Uri("http://service.test"), "wrong", new Answers((HttpStatusCode.Unauthorized, """{"code":"key_needed","detail":"The key is wrong."}""")));
        JobWatch watch = new(jobs, asJson: true, quiet: true, TimeProvider.System);

        JobStoreUnavailableException trouble = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => watch.RunAsync(["a"], TestContext.Current.CancellationToken));
        Assert.Contains("does not let us in", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_job_names_its_field()
    {
        await using RemoteJobs jobs = new(
            new Uri("http://service.test"), null, new Answers((HttpStatusCode.BadRequest, """{"code":"bad_request","field":"source.path","detail":"source.path: lies outside."}""")));
        JobRefusedException refused = await Assert.ThrowsAsync<JobRefusedException>(() => jobs.SubmitAsync(SomeJobs.Everything, default));
        Assert.Equal(("source.path", "source.path: lies outside."), (refused.Field, refused.Message));
    }

    /// <summary>Gives one answer after the other and notes what was asked: method, address, key, body.</summary>
    private sealed class Answers(params (HttpStatusCode Status, string Body)[] answers) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string key = request.Headers.TryGetValues("X-Api-Key", out IEnumerable<string>? values) ? string.Join(',', values) : "";
            string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            (HttpStatusCode status, string text) = answers[Asked.Count];
            Asked.Add($"{request.Method} {request.RequestUri!.AbsoluteUri} {key} {body}");
            return new HttpResponseMessage(status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
        }
    }
}
