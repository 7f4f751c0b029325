using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>When a job file is whole: as soon as it is JSON, or when it has stayed something else for a while with nobody writing to it.</summary>
internal sealed class JobFileStability(TimeProvider clock)
{
    // A text that is no JSON may still be written; after so long it is what it is.
    private static readonly TimeSpan HalfWritten = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (FileFacts Facts, long Since)> _broken = new(StringComparer.Ordinal);

    /// <summary>Judges one look.</summary>
    /// <param name="name">The file.</param>
    /// <param name="facts">How it looks from outside.</param>
    /// <param name="isJson">Its content is JSON.</param>
    /// <param name="writers">Tells who writes to it; asked only where that decides.</param>
    public bool IsWhole(string name, FileFacts facts, bool isJson, Func<Writers> writers)
    {
        long now = clock.GetTimestamp();
        if (!isJson && (!_broken.TryGetValue(name, out (FileFacts Facts, long Since) before) || before.Facts != facts || writers() == Writers.Some))
        {
            _broken[name] = (facts, now);
            return false;
        }

        if (!isJson && clock.GetElapsedTime(_broken[name].Since, now) < HalfWritten)
        {
            return false;
        }

        _broken.Remove(name);
        return true;
    }
}
