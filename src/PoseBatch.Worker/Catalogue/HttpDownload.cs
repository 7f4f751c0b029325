using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// Fetches a file by HTTP into a part file, and goes on from there after a cut, in the same call or the next. Proxies by the usual
/// variables (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY).
/// </summary>
/// <param name="http">The client; its time limit is for an answer to begin.</param>
/// <param name="say">Told how far it is, in a line.</param>
internal sealed class HttpDownload(HttpClient http, Action<string> say)
{
    // A connection that brought something before it broke is tried again; one that brings nothing so often is given up.
    private const int MostIdleTries = 3;
    private const int Tenths = 10;

    /// <summary>Fetches what is still missing of a file.</summary>
    /// <param name="url">Where from.</param>
    /// <param name="path">The part file; what it holds already is kept.</param>
    /// <param name="cancellation">Ends it; what there is stays.</param>
    /// <exception cref="PoseBatchException">model_missing: out of reach; disk_full or output_unwritable: the part file cannot be written.</exception>
    public async Task FetchAsync(Uri url, string path, CancellationToken cancellation)
    {
        for (int idle = 0; ;)
        {
            long before = LengthOf(path);
            try
            {
                await GoOnAsync(url, path, before, cancellation);
                return;
            }
            catch (Exception fault) when (fault is HttpRequestException or HttpIOException || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                long after = LengthOf(path);
                idle = after > before ? 0 : idle + 1;
                if (idle == MostIdleTries || fault is HttpRequestException { StatusCode: not null })
                {
                    string kept = after > 0 ? $" {Mebibytes(after)} are kept; the same command goes on from there." : string.Empty;
                    throw FetchFault.OutOfReach(url.ToString(), $"{fault.Message}{kept}", fault);
                }

                say($"the connection broke at {Mebibytes(after)}, going on");
            }
        }
    }

    private async Task GoOnAsync(Uri url, string path, long from, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && from > 0)
        {
            return;   // nothing lies behind it: it was whole, or is not the file, which its hash will tell
        }

        answer.EnsureSuccessStatusCode();
        bool goesOn = answer.StatusCode == HttpStatusCode.PartialContent;
        long have = goesOn ? from : 0;
        long? whole = answer.Content.Headers.ContentLength is { } rest ? have + rest : null;
        await using Stream content = await answer.Content.ReadAsStreamAsync(cancellation);
        await using FileStream file = OpenPart(path, goesOn);
        byte[] buffer = new byte[1 << 16];
        long told = whole is { } length ? have * Tenths / Math.Max(1, length) : 0;
        for (int count; (count = await content.ReadAsync(buffer, cancellation)) > 0;)
        {
            try
            {
                await file.WriteAsync(buffer.AsMemory(0, count), cancellation);
            }
            catch (IOException fault)
            {
                throw FetchFault.Unwritable(path, fault);
            }

            have += count;
            if (whole is { } total && have * Tenths / Math.Max(1, total) is long tenth && tenth > told)
            {
                told = tenth;
                say(string.Create(CultureInfo.InvariantCulture, $"{Mebibytes(have)} of {Mebibytes(total)} ({tenth * 100 / Tenths} %)"));
            }
        }
    }

    private static FileStream OpenPart(string path, bool goesOn)
    {
        try
        {
            return new(path, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw FetchFault.Unwritable(path, fault);
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB");
}
