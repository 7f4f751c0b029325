using System.Collections.Frozen;

namespace PoseBatch.Worker.Service.Api;

/// <summary>An error that routes answer with, always as <see cref="Problem"/>. Every status means one thing.</summary>
/// <param name="Name">Its name in the description.</param>
/// <param name="Description">When it is given.</param>
/// <param name="Headers">What it carries beside the problem.</param>
internal sealed record Failure(string Name, string Description, params IReadOnlyList<AnswerHeader> Headers)
{
    private static readonly AnswerHeader[] OfTheFile =
    [
        new("ETag", "That of the file as it is.", IsRequired: false),
        new("Last-Modified", "When it was written.", IsRequired: false),
        new("Accept-Ranges", "bytes", IsRequired: false),
        new("Content-Disposition", "Its name.", IsRequired: false),
    ];

    /// <summary>What no list of a route's errors names.</summary>
    public static Failure Other { get; } = new(
        "Other", "Any other error.",
        new AnswerHeader("Retry-After", "With 503: seconds to wait.", IsRequired: false), new AnswerHeader("Allow", "With 405: what the route takes.", IsRequired: false));

    /// <summary>The errors by their status.</summary>
    public static FrozenDictionary<int, Failure> ByStatus { get; } = new Dictionary<int, Failure>
    {
        [400] = new("BadRequest", "A field or parameter cannot be used; field names it."),
        [401] = new("KeyNeeded", "The key is missing or wrong.", new AnswerHeader("WWW-Authenticate", "Bearer")),
        [403] = new("Forbidden", "A page of another origin asks for a change, or uploads are off."),
        [404] = new("NotFound", "There is no such job, file or frame."),
        [408] = new("TooSlow", "The body came too slowly, or no more of it came."),
        [409] = new("Conflict", "The state of the job or the folder does not allow it; code says which."),
        [410] = new("Gone", "The result, or the source, was changed, moved or removed."),
        [412] = new("PreconditionFailed", "The file is not as If-Match or If-Unmodified-Since wants it.", OfTheFile),
        [413] = new("TooLarge", "The body is larger than allowed."),
        [415] = new("UnsupportedBody", "The body, or its name, is not of a kind that is taken; code says which."),
        [416] = new("NoSuchRange", "The file has no such range.", [new AnswerHeader("Content-Range", "bytes */SIZE"), .. OfTheFile]),
        [421] = new("WrongHost", "Asked by a name that is not this machine's."),
        [422] = new("Unprocessable", "The source cannot be read as a video; code is the reason."),
        [500] = new("Damaged", "A table is damaged, or a defect of PoseBatch; advice says what to do."),
        [503] = new("Unavailable", "The job store, the watched folder or a free slot is not there now.", new AnswerHeader("Retry-After", "Seconds to wait.")),
        [504] = new("TooLong", "ffmpeg did not give the picture in time."),
        [507] = new("DiskFull", "The disk is full."),
    }.ToFrozenDictionary();
}

/// <summary>The errors that a route gives besides those that every route does; metadata of its endpoint.</summary>
/// <param name="Statuses">HTTP status of each.</param>
internal sealed record Failures(IReadOnlyList<int> Statuses);
