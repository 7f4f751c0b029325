namespace PoseBatch.Worker.Service.Api;

/// <summary>What a route says of itself beyond the types of its handler; <see cref="ApiDescription"/> writes it down.</summary>
internal static class RouteDescription
{
    /// <summary>Maps routes under one heading.</summary>
    public static RouteGroupBuilder Section(this IEndpointRouteBuilder routes, string heading) => routes.MapGroup(string.Empty).WithTags(heading);

    /// <summary>Names a route and says what it is for.</summary>
    /// <param name="route">The route.</param>
    /// <param name="id">A name for programs that are made from the description.</param>
    /// <param name="summary">One sentence.</param>
    public static TBuilder Describe<TBuilder>(this TBuilder route, string id, string summary)
        where TBuilder : IEndpointConventionBuilder => route.WithName(id).WithSummary(summary);

    /// <summary>The errors that a route gives besides 400, 401, 403 and 421, which follow from what it is.</summary>
    public static TBuilder Fails<TBuilder>(this TBuilder route, params IReadOnlyList<int> statuses)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Failures(statuses));

    /// <summary>The headers of its answers of one status.</summary>
    public static TBuilder Sends<TBuilder>(this TBuilder route, int status, params IReadOnlyList<AnswerHeader> headers)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AnswerHeaders(status, headers));

    /// <summary>Media types of its answers of one status that hold no JSON: files, pictures, text.</summary>
    public static TBuilder SendsAs<TBuilder>(this TBuilder route, int status, params IReadOnlyList<string> mediaTypes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AnswerMedia(status, mediaTypes));

    /// <summary>The body that it reads by itself, of whatever Content-Type a caller gives it.</summary>
    public static RouteHandlerBuilder Reads<T>(this RouteHandlerBuilder route, string mediaType = "application/json") => route.WithMetadata(new RequestBody(typeof(T), mediaType));

    /// <summary>
    /// The parameters that it takes. Others are refused: a misspelt filter would silently show everything.
    /// </summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, params RequestParameter[] parameters)
    {
        string[] known = [.. parameters.Where(one => one is not HeaderParameter).Select(one => one.Name)];
        return route.WithMetadata(new RequestParameters(parameters)).AddEndpointFilter((context, next) =>
        {
            foreach (string name in context.HttpContext.Request.Query.Keys)
            {
                if (!known.Contains(name))
                {
                    throw ApiException.BadParameter(
                        name, known.Length == 0 ? "there are no parameters here." : $"is not known here; known are {string.Join(", ", known)}.");
                }
            }

            return next(context);
        });
    }
}

/// <summary>The parameters that a route takes; metadata of its endpoint.</summary>
/// <param name="All">The parameters.</param>
internal sealed record RequestParameters(IReadOnlyList<RequestParameter> All);

/// <summary>The body that a route reads; metadata of its endpoint.</summary>
/// <param name="Type">What it holds; <see cref="Stream"/> for a file as it is.</param>
/// <param name="MediaType">Its type.</param>
internal sealed record RequestBody(Type Type, string MediaType);
