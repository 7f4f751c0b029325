using System.Net.Http.Headers;
using System.Text;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Sends every job that is over to the address it names (<c>notify.url</c>), as the JSON that the API shows: at least once, however it
/// ended and whether or not the service was restarted since. What does not get through is tried again for some hours, then given up
/// with a word in the log; the job does not depend on it. An address that is slow keeps no other waiting.
/// </summary>
/// <param name="store">Keeps the notices.</param>
/// <param name="logger">Receives what could not be told.</param>
/// <param name="clock">Tells waits.</param>
/// <param name="handler">Speaks HTTP; disposed of with this. Null for the real thing.</param>
internal sealed class JobNotifier(IJobStore store, ILogger logger, TimeProvider clock, HttpMessageHandler? handler = null) : BackgroundService
{
    /// <summary>Tries until a notice is given up: about three hours.</summary>
    public const int MostTries = 12;

    private const int AtOnce = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Hold = Patience * 4;
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(2);

    // What a redirect makes of a POST is not what was asked for: it is an answer that is no success, like any other.
    private readonly HttpClient _http = new(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Patience };

    /// <summary>The wait after a try that failed: 5 s, doubled with each.</summary>
    /// <param name="tries">Tries before that one.</param>
    /// <returns>Null for giving up.</returns>
    public static TimeSpan? WaitAfter(int tries) => tries + 1 < MostTries ? TimeSpan.FromSeconds(5 * Math.Pow(2, tries)) : null;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        List<Task> sending = [];
        try
        {
            while (true)
            {
                sending.RemoveAll(task => task.IsCompleted);
                if (sending.Count < AtOnce && await TakeAsync(stoppingToken) is { } notice)
                {
                    sending.Add(SendAsync(notice, stoppingToken));
                    continue;
                }

                Task wait = Task.Delay(LookPeriod, clock, stoppingToken);
                await (sending.Count < AtOnce ? wait : Task.WhenAny([wait, .. sending]));
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops; what is not settled is told by the next one.
        }

        await Task.WhenAll(sending);
    }

    private async Task<JobNotice?> TakeAsync(CancellationToken stopping)
    {
        try
        {
            return await store.ClaimNoticeAsync(Hold, stopping);
        }
        catch (JobStoreUnavailableException)
        {
            return null;   // others say so
        }
    }

    private async Task SendAsync(JobNotice notice, CancellationToken stopping)
    {
        try
        {
            string? problem = await PostAsync(notice.Job, stopping);
            TimeSpan? again = problem is null ? null : WaitAfter(notice.Tries);
            if (problem is not null && again is null)
            {
                JobLog.NotNotified(logger, notice.Job.Id, notice.Job.Spec.NotifyUrl!, problem);
            }
            else if (problem is not null && notice.Tries == 0)
            {
                JobLog.NotifyLater(logger, notice.Job.Id, notice.Job.Spec.NotifyUrl!, problem);
            }

            await store.AcknowledgeNoticeAsync(notice, again, CancellationToken.None);
        }
        catch (Exception later) when (later is JobStoreUnavailableException or OperationCanceledException)
        {
            // Not settled: it is given out again.
        }
    }

    /// <summary>One try.</summary>
    /// <returns>What went wrong, or null.</returns>
    private async Task<string?> PostAsync(JobRecord job, CancellationToken stopping)
    {
        try
        {
            using StringContent content = new(JobRecordJson.Write(job), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using HttpRequestMessage request = new(HttpMethod.Post, job.Spec.NotifyUrl) { Content = content };
            using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (Exception failure) when (failure is HttpRequestException or InvalidOperationException or TaskCanceledException && !stopping.IsCancellationRequested)
        {
            return failure is TaskCanceledException ? $"no answer within {Patience.TotalSeconds} s" : failure.Message;
        }
    }
}
