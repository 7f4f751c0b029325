namespace PoseBatch.Worker.Service.Jobs;

/// <summary>One attempt at one job, as the worker that began it sees it.</summary>
internal interface IJobAttempt : IDisposable
{
    /// <summary>The job.</summary>
    string JobId { get; }

    /// <summary>
    /// Whether it decodes a video, or draws one: the slot is free for the next one as soon as the last frame has been decoded, so
    /// that inference has frames of the next video when those in flight are through.
    /// </summary>
    bool TakesSlot { get; }

    /// <summary>Done when its first frame has been decoded, or it has ended.</summary>
    Task HasFrames { get; }

    /// <summary>Done when it has made one more segment safe than there was, or has ended.</summary>
    Task HasCheckpointed { get; }

    /// <summary>Ends the attempt now; the job is handed over.</summary>
    void HandOver();

    /// <summary>Ends the attempt at its next segment: another job has to run alone first. The job is handed over.</summary>
    void Preempt();

    /// <summary>Runs the attempt to its end.</summary>
    /// <param name="slotReleased">Called on any thread when <see cref="TakesSlot"/> has become false.</param>
    Task RunAsync(Action slotReleased);
}
