using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// The folder for job files: takes every <c>*.json</c> dropped into it, hands it to the desk and puts it into
/// <c>accepted/</c>; what is refused stays beside as <c>NAME.error.json</c> with the reason and the original text.
/// </summary>
/// <remarks>
/// A file is taken by a rename into a hidden folder, so that two programs never take the same one. What a crash leaves there
/// is submitted at the next start; name, content and time make its idempotency key, so nothing is submitted twice.
/// </remarks>
internal sealed class JobFolder : BackgroundService
{
    private const string Taken = ".taken";
    private const string Accepted = "accepted";
    private const string Refused = "refused";
    private const string Extension = ".json";
    private const string ErrorExtension = ".error.json";
    private const string DraftExtension = ".draft";
    private const string SchemaExtension = ".schema.json";
    private const string KeyPrefix = "jobs:";
    private const int LongestStem = 255 - 11;   // ErrorExtension
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A draft of an error file is renamed at once; one that is older was left by a crash.
    private static readonly TimeSpan DraftLife = TimeSpan.FromHours(1);

    // A text that is no JSON may still be written; after so long it is what it is.
    private static readonly TimeSpan HalfWritten = TimeSpan.FromSeconds(5);
    private static readonly byte[] Utf16Mark = [0xFF, 0xFE];
    private static readonly byte[] Utf16MarkBigEndian = [0xFE, 0xFF];
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JobSubmitter _desk;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly string _root;
    private readonly Dictionary<string, (FileFacts Facts, long Since)> _broken = new(StringComparer.Ordinal);
    private bool _isMade;
    private HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>A folder as <c>Jobs:Folder</c> says; with an empty path there is nothing to do.</summary>
    public JobFolder(JobSubmitter desk, Settings settings, ILogger logger, TimeProvider clock)
    {
        (_desk, _logger, _clock) = (desk, logger, clock);
        _root = settings.Jobs.Folder.Length > 0 ? Path.GetFullPath(settings.Jobs.Folder) : string.Empty;
    }

    /// <summary>Tells who writes to a file.</summary>
    internal Func<string, Writers> WritersOf { get; init; } = WriterProbe.Of;

    /// <summary>What stands in the way now, in words; empty when all is well.</summary>
    internal IReadOnlyCollection<string> Troubles => _said;

    /// <summary>Looks once and takes whatever is whole.</summary>
    internal async Task ScanAsync(CancellationToken cancellation)
    {
        List<string> troubles = [];
        try
        {
            if (OutOfReach.Why(_root) is { } why)
            {
                throw new IOException($"{why}.");
            }

            if (File.Exists(_root))
            {
                throw new IOException("it is a file. Move it away, or change Jobs:Folder.");
            }

            if (!_isMade)
            {
                Directory.CreateDirectory(_root);
                _isMade = true;
            }

            if (!Directory.Exists(_root))
            {
                // A share that went away: made again, it would hide the mount.
                throw new DirectoryNotFoundException("it is not there; see whether its disk or share is mounted.");
            }

            string taken = Path.Combine(_root, Taken);
            Directory.CreateDirectory(taken);
            SweepDrafts(taken);
            troubles.AddRange(Garbled().Select(name => $"'{name}' in '{_root}' has a name that is not valid UTF-8 and cannot be taken. Rename it."));
            foreach (string name in Names(_root))
            {
                if (IsWhole(name, troubles))
                {
                    AtomicMove.Into(taken, name, Path.Combine(_root, name));
                }
            }

            foreach (string name in Names(taken))
            {
                try
                {
                    await SubmitAsync(name, cancellation);
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    troubles.Add($"'{name}' cannot be worked on: {failure.Message} It is tried again.");   // the others go on
                }
            }
        }
        catch (JobStoreUnavailableException away)
        {
            troubles.Add($"The job store cannot be reached: {away.Message} Job files wait.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            troubles.Add($"'{_root}' cannot be worked on: {failure.Message} Work goes on by itself when it can.");
        }

        Say(troubles);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_root.Length == 0)
        {
            return;
        }

        await Task.Yield();
        try
        {
            while (true)
            {
                try
                {
                    await ScanAsync(stoppingToken);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    IntakeLog.Fault(_logger, fault, "Job folder");
                }

                await Task.Delay(Interval, _clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop: what is in the hidden folder is submitted at the next start.
        }
    }

    private static bool IsJobFile(string name) =>
        !InboxNames.IsHidden(name)
        && name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        && !name.EndsWith(ErrorExtension, StringComparison.OrdinalIgnoreCase)
        && !name.EndsWith(SchemaExtension, StringComparison.OrdinalIgnoreCase);

    // Regular files only, in the order of their names; a link would lose its target by being moved.
    private static string[] Names(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => IsJobFile(file.Name) && file.LinkTarget is null && FileFacts.Of(file.FullName) is { Kind: FileKind.Regular })
            .Select(file => file.Name)
            .Order(StringComparer.Ordinal),
    ];

    private void SweepDrafts(string taken)
    {
        foreach (string draft in Directory.EnumerateFiles(taken, "*" + DraftExtension))
        {
            if (_clock.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(draft) > DraftLife)
            {
                File.Delete(draft);
            }
        }
    }

    // .NET shows such names with a substitute, under which nothing is found.
    private string[] Garbled() =>
    [
        .. new DirectoryInfo(_root).EnumerateFiles()
            .Where(file => IsJobFile(file.Name) && InboxNames.IsGarbled(file.Name) && !Path.Exists(file.FullName))
            .Select(file => file.Name),
    ];

    // Whole is what is JSON, or has stayed something else for a while with nobody writing to it.
    private bool IsWhole(string name, List<string> troubles)
    {
        string path = Path.Combine(_root, name);
        if (FileFacts.Of(path) is not { } facts)
        {
            return false;   // gone again
        }

        try
        {
            if (facts.Size <= JobJson.MaxBytes && IsJson(File.ReadAllBytes(path)))
            {
                _broken.Remove(name);
                return true;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(path))
            {
                troubles.Add($"'{path}' cannot be read: {failure.Message} Give the user '{Environment.UserName}' the right to, or take it away.");
            }

            return false;
        }

        long now = _clock.GetTimestamp();
        if (!_broken.TryGetValue(name, out (FileFacts Facts, long Since) before) || before.Facts != facts || WritersOf(path) == Writers.Some)
        {
            _broken[name] = (facts, now);
            return false;
        }

        if (_clock.GetElapsedTime(before.Since, now) < HalfWritten)
        {
            return false;
        }

        _broken.Remove(name);
        return true;
    }

    private static bool IsJson(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task SubmitAsync(string name, CancellationToken cancellation)
    {
        string path = Path.Combine(_root, Taken, name);
        byte[] content;
        FileFacts facts;
        try
        {
            facts = FileFacts.Of(path) ?? throw new FileNotFoundException(null, path);
            content = facts.Size <= JobJson.MaxBytes ? await File.ReadAllBytesAsync(path, cancellation) : [];
        }
        catch (FileNotFoundException)
        {
            return;   // another program finished it
        }

        string? text = facts.Size <= JobJson.MaxBytes ? Text(content) : null;
        if (text is null)
        {
            Refuse(name, path, null, "the text", facts.Size > JobJson.MaxBytes
                ? string.Create(CultureInfo.InvariantCulture, $"has {facts.Size} bytes, a job has at most {JobJson.MaxBytes}")
                : content.AsSpan().StartsWith(Utf16Mark) || content.AsSpan().StartsWith(Utf16MarkBigEndian)
                    ? "is UTF-16; save it as UTF-8"
                    : "is not valid UTF-8");
            return;
        }

        IReadOnlyList<string> problems = JobJson.TryRead(text, out JobSpec? spec);
        if (spec is null)
        {
            (string field, string problem) = Split(problems[0]);
            Refuse(name, path, text, field, string.Join("; ", [problem, .. problems.Skip(1)]));
            return;
        }

        try
        {
            JobSubmission submission = await _desk.SubmitAsync(
                new NewJob { Origin = "jobs", Spec = spec with { IdempotencyKey = spec.IdempotencyKey ?? Key(name, content, facts) } }, cancellation);
            IntakeLog.JobFileTaken(_logger, name, submission.Job.Id, submission.Job.Status.WireName());
        }
        catch (JobRefusedException refused)
        {
            Refuse(name, path, text, refused.Field, refused.Message[(refused.Field.Length + 2)..]);
            return;
        }

        AtomicMove.Into(Path.Combine(_root, Accepted), name, path);
    }

    private void Refuse(string name, string path, string? text, string field, string problem)
    {
        string stem = name[..^Extension.Length];
        string? kept = text is null ? AtomicMove.Into(Path.Combine(_root, Refused), name, path) : null;

        // Written under a hidden name and then renamed: whoever sees it sees all of it.
        string draft = Path.Combine(_root, Taken, $"{Guid.NewGuid():N}{DraftExtension}");
        using (FileStream file = new(draft, FileMode.CreateNew))
        using (Utf8JsonWriter json = new(file, Readable))
        {
            json.WriteStartObject();
            json.WriteString("file", name);
            json.WriteString("field", field);
            json.WriteString("problem", problem);
            json.WriteString("advice", $"Correct it and put it in again as {name}; this file can then be deleted. The format stands in jobs/job.schema.json.");
            if (kept is null)
            {
                json.WriteString("text", text);
            }
            else
            {
                json.WriteNull("text");
                json.WriteString("kept_at", kept);
            }

            json.WriteEndObject();
            json.Flush();
            file.Flush(flushToDisk: true);
        }

        AtomicMove.Into(_root, number => ErrorName(stem, number), draft);

        if (kept is null)
        {
            File.Delete(path);   // its text stands in the error file
        }

        IntakeLog.JobFileRefused(_logger, name, $"{field}: {problem}");
    }

    // The whole fits a file name, whatever the stem.
    private static string ErrorName(string stem, int number) => number == 1 && Encoding.UTF8.GetByteCount(stem) <= LongestStem
        ? stem + ErrorExtension
        : Path.ChangeExtension(AtomicMove.Numbered(stem + ".12345678901", number), null) + ErrorExtension;

    private void Say(List<string> troubles)
    {
        foreach (string trouble in troubles)
        {
            if (!_said.Contains(trouble))
            {
                IntakeLog.JobFolderTrouble(_logger, trouble);
            }
        }

        if (_said.Count > 0 && troubles.Count == 0)
        {
            IntakeLog.JobFolderTroubleOver(_logger);
        }

        _said = new(troubles, StringComparer.Ordinal);
    }

    private static string? Text(byte[] content)
    {
        try
        {
            return StrictUtf8.GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string Key(string name, byte[] content, FileFacts facts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{name}\n{facts.ModifiedTicks}\n")));
        hash.AppendData(content);
        return KeyPrefix + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }

    // "source.path: is missing" is a field and what is wrong with it.
    private static (string Field, string Problem) Split(string problem)
    {
        int colon = problem.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? ("the text", problem) : (problem[..colon], problem[(colon + 2)..]);
    }
}
