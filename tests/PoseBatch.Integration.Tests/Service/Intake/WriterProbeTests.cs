using PoseBatch.Ffmpeg;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>The question to the kernel who writes to a file.</summary>
public sealed class WriterProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_file_is_free_until_somebody_opens_it_for_writing_and_again_afterwards()
    {
        string path = File();
        using (new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.Equal(Writers.Some, WriterProbe.Of(path));
        }

        Assert.Equal(Writers.None, WriterProbe.Of(path));
    }

    [Fact]
    public void Readers_do_not_matter()
    {
        string path = File();
        using FileStream reader = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

        Assert.Equal(Writers.None, WriterProbe.Of(path));
    }

    [Fact]
    public void A_hard_link_does_not_hide_a_writer()
    {
        string path = File();
        Clips.Run("ln", path, _folder["other"]);
        using FileStream writer = new(_folder["other"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

        Assert.Equal(Writers.Some, WriterProbe.Of(path));
    }

    [Fact]
    public void A_file_that_is_gone_is_unknown() => Assert.Equal(Writers.Unknown, WriterProbe.Of(_folder["gone"]));

    [Fact]
    public void Somebody_who_opens_the_file_in_the_moment_of_the_probe_ends_nobody()
    {
        // The kernel signals the holder of a lease; the default signal would end this process.
        string path = File();
        using CancellationTokenSource over = new();
        Thread writer = new(() =>
        {
            while (!over.IsCancellationRequested)
            {
                using FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            }
        });
        writer.Start();
        HashSet<Writers> answers = [];
        for (int look = 0; look < 20_000; look++)
        {
            answers.Add(WriterProbe.Of(path));
        }

        over.Cancel();
        writer.Join();
        Assert.DoesNotContain(Writers.Unknown, answers);
        Assert.Equal(Writers.None, WriterProbe.Of(path));
    }

    public void Dispose() => _folder.Dispose();

    private string File()
    {
        string path = _folder["x.mp4"];
        System.IO.File.WriteAllText(path, "video");
        Writers now = WriterProbe.Of(path);
        Assert.SkipUnless(now == Writers.None, $"This file system grants no leases ({now}).");
        return path;
    }
}
