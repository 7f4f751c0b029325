using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tracking;

public class TrackingStageTests
{
    private static readonly PixelSize Size = new(640, 480);
    private static readonly TrackingStageOptions Tracked = new() { Tracking = new() };
    private static readonly TrackingStageOptions Smoothed = Tracked with { Smoothing = SmoothingMethod.OneEuro };
    private static readonly Skeleton Fourteen = new("fourteen",
        ["right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow", "right_shoulder",
         "left_shoulder", "left_elbow", "left_wrist", "neck", "head_top"], [], []);

    /// <summary>Two people who cross each other; their exact joints and who is who come with the clip.</summary>
    [Theory]
    [InlineData(TrackSimilarity.Keypoints, false)]
    [InlineData(TrackSimilarity.Keypoints, true)]
    [InlineData(TrackSimilarity.BoundingBox, false)]
    public void Two_people_who_cross_keep_their_ids_whoever_is_found_first(TrackSimilarity similarity, bool smooths)
    {
        using JsonDocument truth = JsonDocument.Parse(File.ReadAllText(InRepository("tests", "data", "clips", "two-people.joints.json")));
        int rate = truth.RootElement.GetProperty("fps").GetInt32();
        TrackingStage sequence = new(
            new() { Tracking = new() { Similarity = similarity }, Smoothing = smooths ? SmoothingMethod.OneEuro : SmoothingMethod.None },
            Skeletons.Coco17);
        FramePoses poses = new(17);
        Random random = new(1);
        Dictionary<int, int> trackOf = [];
        List<TrackSummary> tracks = [];
        int seen = 0;
        foreach (JsonElement frame in truth.RootElement.GetProperty("frames").EnumerateArray())
        {
            int index = frame.GetProperty("frame").GetInt32();
            (int Id, JsonElement Joints)[] people = [.. frame.GetProperty("ids").EnumerateArray()
                .Zip(frame.GetProperty("persons").EnumerateArray(), (id, joints) => (id.GetInt32(), joints))];
            random.Shuffle(people);
            poses.Clear();
            foreach ((_, JsonElement joints) in people)
            {
                Span<Keypoint> keypoints = poses.Add(0.9f, BoundingBox.None);
                for (int joint = 0; joint < 17; joint++)
                {
                    // Unseen joints of the truth lie outside the picture, where no network finds them.
                    JsonElement place = joints[joint];
                    keypoints[joint] = place[2].GetInt32() == 0 ? Keypoint.NotFound : new(place[0].GetSingle(), place[1].GetSingle(), 0.8f);
                }
            }

            tracks.AddRange(sequence.Follow(poses, Stamp(index, (double)index / rate)));
            for (int person = 0; person < people.Length; person++)
            {
                int id = poses.TrackId(person);
                Assert.Equal(trackOf.GetValueOrDefault(people[person].Id, id), id);
                trackOf[people[person].Id] = id;
                seen++;
            }
        }

        tracks.AddRange(sequence.End());
        Assert.Equal([0, 1], trackOf.Values.Order());
        Assert.Equal([0, 1], tracks.Select(track => track.Id).Order());
        Assert.Equal(seen, tracks.Sum(track => track.FrameCount));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_video_continued_after_any_frame_gives_what_it_gives_in_one_go(int seed)
    {
        const int FrameCount = 60;
        bool followsRegion = seed is 2 or 5;
        TrackingStageOptions settings = seed % 2 == 0 ? Tracked with { MaxPersons = 8 } : Smoothed with { MaxPersons = 30 };
        Skeleton skeleton = seed % 3 == 0 ? Fourteen : Skeletons.Coco17;
        string[] whole = Run(new(settings, skeleton, followsRegion, 1.5), 0);
        for (int split = 0; split <= FrameCount; split++)
        {
            TrackingStage first = new(settings, skeleton, followsRegion, 1.5);
            string[] before = Run(first, 0, split);
            TrackingStage second = new(settings, skeleton, followsRegion, 1.5);
            second.Restore(new BinaryReader(new MemoryStream(State(first))));

            Assert.True(State(first).AsSpan().SequenceEqual(State(second)));
            Assert.Equal(string.Concat(whole), string.Concat([.. before, .. Run(second, split)]));
        }

        // Every bit of what a frame gave, and of the tracks that ended with it.
        string[] Run(TrackingStage sequence, int from, int? until = null)
        {
            List<string> outcome = [];
            FramePoses poses = new(skeleton.KeypointCount);
            for (int index = from; index < (until ?? FrameCount); index++)
            {
                FrameStamp stamp = Crowd(poses, seed, index);
                outcome.Add(followsRegion ? sequence.RegionFor(stamp).ToString() : string.Empty);
                sequence.Look(poses);
                ReadOnlySpan<TrackSummary> ended = sequence.Follow(poses, stamp);
                outcome.Add(Bits(poses, ended));
            }

            poses.Clear();
            return until is null ? [.. outcome, Bits(poses, sequence.End())] : [.. outcome];
        }
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void Tracks_are_what_the_ids_say_and_come_by_last_frame_and_id(int seed, int maxPersons)
    {
        TrackingStage sequence = new(Tracked with { MaxPersons = maxPersons }, Skeletons.Coco17);
        FramePoses poses = new(17);
        List<TrackSummary> tracks = [];
        List<(int Id, long Frame, double Seconds, float Score, Keypoint[] Joints)> people = [];
        for (int index = 0; index < 400; index++)
        {
            FrameStamp stamp = Crowd(poses, seed, index);
            tracks.AddRange(sequence.Follow(poses, stamp));
            for (int person = 0; person < poses.Count; person++)
            {
                people.Add((poses.TrackId(person), index, stamp.Seconds, poses.Score(person), poses.Keypoints(person).ToArray()));
            }
        }

        tracks.AddRange(sequence.End());

        Assert.Equal(tracks.OrderBy(track => track.LastFrame).ThenBy(track => track.Id), tracks);
        var expected = people.Where(person => person.Id != FramePoses.NoTrack).GroupBy(person => person.Id).ToDictionary(group => group.Key, group => group.ToList());
        Assert.Equal(Enumerable.Range(0, expected.Count), tracks.Select(track => track.Id).Order());
        foreach (TrackSummary track in tracks)
        {
            var seen = expected[track.Id];
            Keypoint[] joints = [.. seen.SelectMany(person => person.Joints).Where(joint => joint.IsFound)];
            Assert.Equal((seen[0].Frame, seen[^1].Frame, seen.Count), (track.FirstFrame, track.LastFrame, track.FrameCount));
            Assert.Equal((seen[0].Seconds, seen[^1].Seconds), (track.StartSeconds, track.EndSeconds));
            Assert.Equal(seen.Average(person => (double)person.Score), track.MeanScore, 9);
            Assert.Equal(joints.Length == 0 ? double.NaN : joints.Average(joint => (double)joint.Score), track.MeanConfidence, 9);
            Assert.Equal(joints.Length == 0 ? float.NaN : joints.Max(joint => joint.X), track.Extent.XMax);
            Assert.Equal(joints.Length == 0 ? float.NaN : joints.Min(joint => joint.Y), track.Extent.YMin);
        }
    }

    [Fact]
    public void Who_is_unseen_for_longer_than_the_gap_comes_back_as_somebody_new_by_time_and_not_by_frames()
    {
        TrackingStage sequence = new(Tracked, Skeletons.Coco17);
        FramePoses poses = new(17);

        Assert.Equal(0, IdOfOne(sequence, poses, 0, 0, 100));
        Assert.Equal(0, IdOfOne(sequence, poses, 900, 1.0, 100));   // 900 frames later, but a second
        Assert.Equal(1, IdOfOne(sequence, poses, 901, 2.001, 100));
    }

    [Fact]
    public void The_best_person_does_not_take_a_track_that_fits_another_better()
    {
        TrackingStage sequence = new(Tracked, Skeletons.Coco17);
        FramePoses poses = new(17);
        Two(100, 110, 0);

        // The first is nearer to where the second was, 4 px, than to its own place, 6 px; but the second is there, at 1 px.
        Two(106, 111, 1);

        Assert.Equal((0, 1), (poses.TrackId(0), poses.TrackId(1)));

        void Two(float first, float second, int index)
        {
            poses.Clear();
            Person(poses.Add(0.9f, BoundingBox.None), first);
            Person(poses.Add(0.8f, BoundingBox.None), second);
            sequence.Follow(poses, Stamp(index, index / 25.0));
        }
    }

    [Fact]
    public void A_clock_that_goes_back_keeps_the_ids_and_rows_still_come_in_order()
    {
        TrackingStage sequence = new(Tracked, Skeletons.Coco17);
        FramePoses poses = new(17);

        Assert.Equal(0, IdOfOne(sequence, poses, 0, 5, 100));
        Assert.Equal(0, IdOfOne(sequence, poses, 1, 4, 101));
        Assert.Equal(0, IdOfOne(sequence, poses, 2, 4.1, 102));
        Assert.Equal(2, Assert.Single(sequence.End().ToArray()).LastFrame);
    }

    [Fact]
    public void A_joint_that_is_lost_for_a_while_or_infinite_does_not_poison_its_track()
    {
        TrackingStage sequence = new(Tracked, Skeletons.Coco17);
        FramePoses poses = new(17);

        for (int index = 0; index < 20; index++)
        {
            Person(poses, 100 + index);
            poses.Keypoints(0)[index % 17] = new(float.NaN, float.NaN, 0.9f);
            poses.Keypoints(0)[(index + 5) % 17] = new(float.PositiveInfinity, 3, 0.9f);
            sequence.Follow(poses, Stamp(index, index / 25.0));
            Assert.Equal(0, poses.TrackId(0));
        }

        BoundingBox extent = Assert.Single(sequence.End().ToArray()).Extent;
        Assert.True(float.IsFinite(extent.XMax + extent.XMin + extent.YMax + extent.YMin));
    }

    [Fact]
    public void People_of_any_skeleton_keep_their_ids()
    {
        foreach (Skeleton skeleton in new[] { Fourteen, Skeletons.OpenPose18, new Skeleton("one", ["nose"], [], []) })
        {
            TrackingStage sequence = new(Tracked, skeleton);
            FramePoses poses = new(skeleton.KeypointCount);
            for (int index = 0; index < 30; index++)
            {
                poses.Clear();
                int first = index % 2;   // the better one changes with every frame
                foreach (int who in new[] { first, 1 - first })
                {
                    Span<Keypoint> keypoints = poses.Add(0.9f, BoundingBox.None);
                    for (int joint = 0; joint < keypoints.Length; joint++)
                    {
                        keypoints[joint] = new(150 + (200 * who) + (3 * joint) + index, 100 + (10 * joint), 0.8f);
                    }
                }

                sequence.Follow(poses, Stamp(index, index / 25.0));
                int[] expected = index == 0 ? [0, 1] : first == 0 ? [0, 1] : [1, 0];
                Assert.Equal(expected, new[] { poses.TrackId(0), poses.TrackId(1) });
            }
        }
    }

    [Fact]
    public void With_few_joints_in_common_the_boxes_decide()
    {
        TrackingStage sequence = new(Tracked, Skeletons.Coco17);
        FramePoses poses = new(17);
        for (int index = 0; index < 10; index++)
        {
            // Three joints of the head in one frame, three of the feet in the next: nothing to compare but the detector's box.
            poses.Clear();
            Span<Keypoint> keypoints = poses.Add(0.9f, new(100, 50, 200, 400));
            for (int joint = 0; joint < 3; joint++)
            {
                keypoints[index % 2 == 0 ? joint : 14 + joint] = new(140 + joint, index % 2 == 0 ? 60 : 390, 0.9f);
            }

            sequence.Follow(poses, Stamp(index, index / 25.0));
            Assert.Equal(0, poses.TrackId(0));
        }
    }

    [Fact]
    public void Who_has_neither_a_position_nor_a_box_belongs_to_no_track()
    {
        TrackingStage sequence = new(Smoothed, Skeletons.Coco17);
        FramePoses poses = new(17);
        poses.Add(0.5f, BoundingBox.None);

        sequence.Follow(poses, Stamp(0, 0));

        Assert.Equal(FramePoses.NoTrack, poses.TrackId(0));
        Assert.True(sequence.End().IsEmpty);
    }

    [Fact]
    public void Each_person_is_smoothed_by_a_filter_of_its_own_that_knows_nothing_of_joints_not_found()
    {
        TrackingStage sequence = new(Smoothed, Skeletons.Coco17);
        FramePoses poses = new(17);
        OneEuroFilter[] xs = [new(new()), new(new())];
        Random random = new(3);
        for (int index = 0; index < 50; index++)
        {
            poses.Clear();
            float[] raw = [100 + index + random.NextSingle(), 400 - index + random.NextSingle()];
            bool isFound = random.Next(3) > 0;
            foreach (float x in raw)
            {
                Span<Keypoint> keypoints = poses.Add(0.9f, BoundingBox.None);
                for (int joint = 0; joint < 17; joint++)
                {
                    keypoints[joint] = new(x + (5 * (joint % 3)), 100 + (10 * joint), 0.8f);
                }

                keypoints[9] = isFound ? keypoints[9] : Keypoint.NotFound;
            }

            sequence.Follow(poses, Stamp(index, index / 25.0));

            for (int person = 0; person < 2; person++)
            {
                Assert.Equal(person, poses.TrackId(person));
                Assert.Equal(isFound ? raw[person] : float.NaN, poses.RawKeypoints(person)[9].X);
                float expected = isFound ? (float)(xs[person].Apply((double)raw[person] / 640, (long)(index / 25.0 * 1e6)) * 640) : float.NaN;
                Assert.Equal(expected, poses.Keypoints(person)[9].X);
            }
        }
    }

    [Fact]
    public void A_new_person_does_not_inherit_the_filter_of_one_who_is_gone()
    {
        TrackingStage sequence = new(Smoothed, Skeletons.Coco17);
        FramePoses poses = new(17);
        for (int index = 0; index < 10; index++)
        {
            IdOfOne(sequence, poses, index, index / 25.0, 100 + index);
        }

        Assert.Equal(1, IdOfOne(sequence, poses, 100, 4, 300));
        Assert.Equal(poses.RawKeypoints(0).ToArray().Select(joint => joint.X), poses.Keypoints(0).ToArray().Select(joint => joint.X), (one, other) => Math.Abs(one - other) < 1e-3f);
    }

    [Fact]
    public void Without_tracking_nothing_is_touched_and_smoothing_is_refused()
    {
        TrackingStage sequence = new(new(), Skeletons.Coco17);
        FramePoses poses = new(17);
        Person(poses, 100);

        Assert.True(sequence.Follow(poses, Stamp(0, 0)).IsEmpty);

        Assert.Equal((FramePoses.NoTrack, false, 100f), (poses.TrackId(0), poses.HasRaw, poses.Keypoints(0)[0].X));
        Assert.Throws<PoseBatchException>(() => new TrackingStage(new() { Smoothing = SmoothingMethod.OneEuro }, Skeletons.Coco17));
    }

    [Fact]
    public void A_state_of_other_settings_or_cut_off_is_refused()
    {
        TrackingStage sequence = new(Tracked, Skeletons.Coco17);
        FramePoses poses = new(17);
        IdOfOne(sequence, poses, 0, 0, 100);
        byte[] state = State(sequence);

        Assert.Contains("smoothing should be True, is False", Refused(new(Smoothed, Skeletons.Coco17), state), StringComparison.Ordinal);
        Assert.Contains("number of joints should be 14, is 17", Refused(new(Tracked, Fourteen), state), StringComparison.Ordinal);
        Assert.Contains("tracking should be False, is True", Refused(new(new(), Skeletons.Coco17), state), StringComparison.Ordinal);
        Assert.Contains("cut off", Refused(new(Tracked, Skeletons.Coco17), state[..^3]), StringComparison.Ordinal);
        Assert.Contains("version should be 1, is 9", Refused(new(Tracked, Skeletons.Coco17), [9, .. state[1..]]), StringComparison.Ordinal);

        static string Refused(TrackingStage other, byte[] state)
        {
            PoseBatchException refused = Assert.Throws<PoseBatchException>(() => other.Restore(new BinaryReader(new MemoryStream(state))));
            Assert.Equal(ReasonCode.Internal, refused.Reason);
            return refused.Message;
        }
    }

    [Fact]
    public void Frames_cost_no_allocation_once_the_largest_crowd_was_seen()
    {
        TrackingStage sequence = new(Smoothed with { MaxPersons = 5 }, Skeletons.Coco17);
        FramePoses poses = new(17);
        int index = 0;
        AllocationProbe.AssertNone(() =>
        {
            for (int i = 0; i < 300; i++, index++)
            {
                // Groups of one to five stay for half a second each, so that tracks end all the time.
                poses.Clear();
                int group = index / 12;
                for (int person = 0; person <= group % 5; person++)
                {
                    Person(poses.Add(0.9f, BoundingBox.None), (20 * (group % 7)) + (100 * person));
                }

                sequence.Follow(poses, Stamp(index, index / 10.0));
            }
        });
        Assert.True(index > 0);
    }

    private static int IdOfOne(TrackingStage sequence, FramePoses poses, int index, double seconds, float x)
    {
        Person(poses, x);
        sequence.Follow(poses, Stamp(index, seconds));
        return poses.TrackId(0);
    }

    private static void Person(FramePoses poses, float x)
    {
        poses.Clear();
        Person(poses.Add(0.9f, BoundingBox.None), x);
    }

    private static void Person(Span<Keypoint> keypoints, float x)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            keypoints[joint] = new(x + (5 * (joint % 3)), 100 + (10 * joint), 0.8f);
        }
    }

    /// <summary>People who wander, vanish and lose joints; stamps that stand still, jump and go back. The same for the same numbers.</summary>
    private static FrameStamp Crowd(FramePoses poses, int seed, int index)
    {
        Random random = new((seed * 100_003) + index);
        poses.Clear();
        int count = random.Next(0, 8);
        for (int i = 0; i < count; i++)
        {
            int who = random.Next(12);
            BoundingBox box = random.Next(2) == 0 ? BoundingBox.None : new(40 * who, 20, (40 * who) + 60, 300);
            Span<Keypoint> keypoints = poses.Add(random.NextSingle(), box);
            int lost = random.Next(4) switch { 0 => 16, 1 => 40, 2 => 100, _ => 0 };
            for (int joint = 0; joint < keypoints.Length; joint++)
            {
                keypoints[joint] = random.Next(100) < lost
                    ? Keypoint.NotFound with { Score = random.NextSingle() }
                    : new((40 * who) + (6 * (joint % 5)) + (8 * random.NextSingle()), 30 + (15 * joint) + (8 * random.NextSingle()), random.NextSingle());
            }
        }

        double seconds = (index / 10.0) + random.Next(10) switch { 0 => -0.3, 1 => 0.9, 2 => 0.1, _ => 0 };
        return Stamp(index, seconds);
    }

    private static string Bits(FramePoses poses, ReadOnlySpan<TrackSummary> ended)
    {
        using MemoryStream bits = new();
        using BinaryWriter writer = new(bits);
        for (int person = 0; person < poses.Count; person++)
        {
            writer.Write(poses.TrackId(person));
            foreach (Keypoint joint in poses.Keypoints(person))
            {
                writer.Write(joint.X);
                writer.Write(joint.Y);
            }

            foreach (Keypoint joint in poses.HasRaw ? poses.RawKeypoints(person) : [])
            {
                writer.Write(joint.X);
                writer.Write(joint.Y);
            }
        }

        foreach (TrackSummary track in ended)
        {
            writer.Write(track.ToString());
            writer.Write(track.MeanScore);
            writer.Write(track.MeanConfidence);
        }

        return Convert.ToHexString(bits.ToArray());
    }

    private static byte[] State(TrackingStage sequence)
    {
        using MemoryStream state = new();
        using BinaryWriter writer = new(state);
        sequence.Save(writer);
        return state.ToArray();
    }

    private static FrameStamp Stamp(long index, double seconds) =>
        new() { Index = index, Pts = index, Seconds = seconds, Status = FrameStatus.Ok, DisplaySize = Size };

    private static string InRepository(params string[] parts)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PoseBatch.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine([folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository."), .. parts]);
    }
}
