namespace PoseBatch.Worker.Service.Api;

/// <summary>A header that an answer carries.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it says.</param>
/// <param name="IsRequired">Whether every such answer has it.</param>
internal sealed record AnswerHeader(string Name, string Description, bool IsRequired = true);

/// <summary>The headers of a route's answers of one status; metadata of its endpoint.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">The headers.</param>
internal sealed record AnswerHeaders(int Status, IReadOnlyList<AnswerHeader> Headers);

/// <summary>What a route's answers of one status hold beside JSON, or in its place; metadata of its endpoint.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="MediaTypes">The media types; those of text are text, all others bytes.</param>
internal sealed record AnswerMedia(int Status, IReadOnlyList<string> MediaTypes);
