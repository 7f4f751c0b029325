using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using PoseBatch.Jobs;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>An error as RFC 9457 asks for, with a code for programs and advice for people.</summary>
/// <param name="Type">A URN made of the code.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">What is wrong, one sentence.</param>
/// <param name="Code">A reason code of the job contract, or one of the API's own.</param>
/// <param name="Field">The field or parameter it is about, or null.</param>
/// <param name="Advice">What to do about it, or null.</param>
internal sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string? Field, string? Advice)
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/problem+json";

    private const int DiskFull = 28;   // ENOSPC
    private const int QuotaReached = 122;   // EDQUOT

    /// <summary>Makes a problem.</summary>
    public static Problem Of(int status, string code, string detail, string? advice = null, string? field = null) =>
        new($"urn:posebatch:problem:{code}", ReasonPhrases.GetReasonPhrase(status), status, detail, code, field, advice);

    /// <summary>The problem that an exception stands for.</summary>
    public static Problem Of(Exception failure) => failure switch
    {
        ApiException known => Of(known.Status, known.Code, known.Message, known.Advice, known.Field),
        JobRefusedException refused => Of(StatusCodes.Status400BadRequest, "bad_request", refused.Message, field: refused.Field),
        ResultUnreadableException { IsGone: true } gone => Of(StatusCodes.Status410Gone, "result_gone", gone.Message),
        ResultUnreadableException damaged => Of(
            StatusCodes.Status500InternalServerError, ReasonCode.Internal.WireName(), damaged.Message, damaged.Advice),
        JobStoreUnavailableException away => Of(
            StatusCodes.Status503ServiceUnavailable, "store_unavailable", away.Message, "Nothing is lost; try again in a moment."),
        PoseBatchException known => Of(StatusOf(known.Reason), known.Reason.WireName(), known.Message, known.Advice),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Of(
            StatusCodes.Status408RequestTimeout, "too_slow", "The body came too slowly, or no more of it came; nothing was kept.", "Send it again."),
        BadHttpRequestException bad => Of(bad.StatusCode, bad.StatusCode == 413 ? "too_large" : "bad_request", bad.Message),
        IOException full when IsDiskFull(full) => Of(
            StatusCodes.Status507InsufficientStorage, ReasonCode.DiskFull.WireName(), full.Message, "Free some space, then try again."),
        _ => Of(
            StatusCodes.Status500InternalServerError, ReasonCode.Internal.WireName(), $"{failure.GetType().Name}: {failure.Message}",
            "This is a defect of PoseBatch; the log holds the details."),
    };

    /// <summary>Whether a write failed because the disk or a quota is full.</summary>
    public static bool IsDiskFull(IOException failure) => (failure.HResult & 0xFFFF) is DiskFull or QuotaReached;

    /// <summary>Sends it.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentLength = null;
        context.Response.ContentType = MediaType;
        if (Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "5";
        }
        else if (Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, this, ApiJson.Options, context.RequestAborted);
        }
    }

    private static int StatusOf(ReasonCode reason) => reason switch
    {
        ReasonCode.SourceMissing or ReasonCode.SourceChanged => StatusCodes.Status410Gone,
        ReasonCode.SourceUnreadable or ReasonCode.OutputUnwritable => StatusCodes.Status503ServiceUnavailable,
        ReasonCode.DiskFull => StatusCodes.Status507InsufficientStorage,
        ReasonCode.Stalled => StatusCodes.Status504GatewayTimeout,
        ReasonCode.Internal => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
