using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service;

/// <summary>
/// Sends a job that is over to the address it names (<c>notify.url</c>), as the JSON that the API shows. A few tries, then the log;
/// the job does not depend on it.
/// </summary>
internal sealed class JobNotifier(TimeProvider clock) : BackgroundService
{
    private const int Tries = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Channel<JobRecord> _ended = Channel.CreateBounded<JobRecord>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Notes a job that is over.</summary>
    public void Ended(JobRecord job)
    {
        if (job.Spec.NotifyUrl is not null)
        {
            _ended.Writer.TryWrite(job);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using HttpClient http = new() { Timeout = Patience };
        try
        {
            await foreach (JobRecord job in _ended.Reader.ReadAllAsync(stoppingToken))
            {
                await SendAsync(http, job, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private async Task SendAsync(HttpClient http, JobRecord job, CancellationToken stopping)
    {
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            string problem;
            try
            {
                using StringContent content = new(JobRecordJson.Write(job), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                using HttpResponseMessage answer = await http.PostAsync(job.Spec.NotifyUrl, content, stopping);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }

                problem = $"it answered {(int)answer.StatusCode}";
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !stopping.IsCancellationRequested)
            {
                problem = failure.Message;
            }

            if (attempt == Tries)
            {
                Log.NotNotified(Logging.Logger, job.Id, job.Spec.NotifyUrl!, problem);
                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(Math.Pow(4, attempt - 1)), clock, stopping);
        }
    }
}
