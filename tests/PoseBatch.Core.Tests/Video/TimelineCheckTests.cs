namespace PoseBatch.Video;

public sealed class TimelineCheckTests
{
    [Fact]
    public void A_video_whose_frames_follow_one_another_has_nothing_to_tell()
    {
        Assert.Empty(Check(Enumerable.Range(0, 1000).Select(frame => frame * 0.04)));
        Assert.Empty(Check([]));
        Assert.Empty(Check([5]));
    }

    [Fact]
    public void A_time_that_runs_backwards_is_told_once_with_its_first_frame_its_size_and_how_often()
    {
        string told = Assert.Single(Check([0, 0.1, 0.2, 0, 0.1, 0.2, -0.8, 0]));

        Assert.Contains("runs backwards at frame 3, from 0.200 to 0.000 s, and 1 more time, by 1.000 s at most", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_frames_at_one_time_overlap_too() =>
        Assert.Contains("stands still at frame 2", Assert.Single(Check([0, 0.1, 0.1, 0.2])), StringComparison.Ordinal);

    [Fact]
    public void A_jump_of_more_than_ten_seconds_and_a_hundred_steps_is_told()
    {
        string told = Assert.Single(Check([0, 0.1, 0.2, 94443.1, 94443.2, 94443.3]));

        Assert.Contains("jumps at frame 3, by 94442.900 s (from 0.200 to 94443.100 s)", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pause_of_ten_seconds_or_of_a_hundred_usual_steps_is_none()
    {
        Assert.Empty(Check([0, 0.1, 0.2, 10.2, 10.3]));                  // 10 s, not more
        Assert.Empty(Check([0, 2, 4, 6, 8, 10, 12, 14, 100, 102, 104])); // 43 usual steps
        Assert.Single(Check([0, 0.1, 0.2, 10.3, 10.4]));
    }

    [Fact]
    public void A_recording_of_one_frame_in_a_minute_is_not_made_of_jumps() =>
        Assert.Empty(Check(Enumerable.Range(0, 50).Select(frame => frame * 60d)));

    [Fact]
    public void Many_jumps_are_one_sentence_with_their_number_and_the_longest()
    {
        // 3,000 frames, after every hundredth a pause of 20 s, once of an hour.
        double time = 0;
        List<double> times = [];
        for (int frame = 0; frame < 3000; frame++)
        {
            times.Add(time);
            time += frame % 100 == 99 ? (frame == 499 ? 3600 : 20) : 0.1;
        }

        Assert.Contains("jumps at frame 100, by 20.000 s (from 9.900 to 29.900 s), and 28 more times, by 3600.000 s at most", Assert.Single(Check(times)), StringComparison.Ordinal);
    }

    private static List<string> Check(IEnumerable<double> times)
    {
        TimelineCheck check = new();
        long index = 0;
        foreach (double time in times)
        {
            check.Add(new FrameStamp { Index = index++, Pts = null, Seconds = time });
        }

        return [.. check.Warnings()];
    }
}
