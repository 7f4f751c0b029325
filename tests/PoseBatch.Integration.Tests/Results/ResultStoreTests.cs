using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Results.Format;
using PoseBatch.Results.Interop;
using PoseBatch.Results.Verification;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results;

public class ResultStoreTests
{
    private static readonly string[] Keys =
    [
        "schema_version", "table", "skeleton", "coordinate", "time", "source", "model", "runtime", "settings", "counts", "job", "columns",
    ];

    private readonly ParquetResultStore _store = new();

    [Fact]
    public void A_result_appears_whole_and_leaves_no_trace_of_its_making()
    {
        using TemporaryFolder root = new();
        ResultRequest request = SomeResult.Request(root.Path);
        using IResultWriter writer = _store.Begin(request);
        Assert.False(Directory.Exists(writer.Path));

        ResultCounts counts = SomeResult.Fill(writer, 500);

        Assert.Equal(ParquetResultStore.PathOf(request), writer.Path);
        Assert.Equal([writer.Path], Directory.GetFileSystemEntries(root.Path));
        Assert.Equal(["frames.parquet", "keypoints.parquet", "manifest.json", "persons.parquet"],
            Directory.GetFiles(writer.Path).Select(Path.GetFileName).Order());
        Assert.Equal(500, counts.SourceFrames);
        Assert.Equal(counts.SourceFrames, counts.Inferred + counts.Skipped + counts.Undecodable);
        Assert.Equal(counts.Persons * 17, counts.Keypoints);
        ResultInspection inspection = ResultInspector.Inspect(writer.Path);
        Assert.Empty(inspection.Problems);
        Assert.Equal(counts, inspection.Counts);
    }

    [Fact]
    public void A_video_without_frames_gives_empty_tables_that_can_be_read()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        Assert.Equal(new(0, 0, 0, 0, 0, 0, 0), SomeResult.Fill(writer, 0));
        Assert.True(ResultInspector.Inspect(writer.Path).IsSound);
    }

    [Fact]
    public void Every_table_carries_all_keys_and_each_but_two_is_JSON()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        ResultCounts counts = SomeResult.Fill(writer, 20);
        foreach (TableSchema table in TableSchemas.All.Where(table => !table.IsOptional))
        {
            using ParquetFileReader reader = new(Path.Combine(writer.Path, table.Name + ".parquet"));
            Assert.Equal(Keys.Select(key => "posebatch." + key).Order(), reader.Metadata.Keys.Order());
            Assert.Equal("2.0", reader.Metadata["posebatch.schema_version"]);
            Assert.Equal(table.Name, reader.Metadata["posebatch.table"]);
            foreach (string key in Keys.Skip(2))
            {
                using JsonDocument json = JsonDocument.Parse(reader.Metadata["posebatch." + key]);
            }

            using JsonDocument stated = JsonDocument.Parse(reader.Metadata["posebatch.counts"]);
            Assert.Equal(counts.Keypoints, stated.RootElement.GetProperty("keypoints").GetInt64());
            using JsonDocument time = JsonDocument.Parse(reader.Metadata["posebatch.time"]);
            Assert.False(time.RootElement.GetProperty("variable").GetBoolean());
        }
    }

    [Theory]
    [InlineData(TableProfile.Compact)]
    [InlineData(TableProfile.Compatible)]
    public void Two_runs_give_the_same_bytes(TableProfile profile)
    {
        using TemporaryFolder first = new();
        using TemporaryFolder second = new();
        foreach (TemporaryFolder root in new[] { first, second })
        {
            using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path) with
            {
                JobId = root == first ? "one" : "two",
                Tables = new() { Profile = profile, RowGroupRows = 1000 },
            });
            SomeResult.Fill(writer, 300);
        }

        foreach (TableSchema table in TableSchemas.All.Where(table => !table.IsOptional))
        {
            string name = Path.Combine(Path.GetFileName(Directory.GetDirectories(first.Path).Single()), table.Name + ".parquet");
            Assert.True(File.ReadAllBytes(first[name]).AsSpan().SequenceEqual(File.ReadAllBytes(second[name])), name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tracks_and_raw_positions_are_there_when_they_were_asked_for(bool isRounded)
    {
        using TemporaryFolder root = new();
        using IResultWriter plain = _store.Begin(SomeResult.Request(root["plain"]));
        using IResultWriter tracked = _store.Begin(SomeResult.TrackedRequest(root["tracked"]) with { Tables = new() { Rounded = isRounded } });

        Assert.Null(SomeResult.Fill(plain, 100).Tracks);
        long? tracks = SomeResult.Fill(tracked, 100, sequence: SomeResult.Sequence()).Tracks;

        Assert.False(File.Exists(Path.Combine(plain.Path, "tracks.parquet")));
        using ParquetFileReader without = new(Path.Combine(plain.Path, "keypoints.parquet"));
        using ParquetFileReader with = new(Path.Combine(tracked.Path, "keypoints.parquet"));
        using ParquetFileReader table = new(Path.Combine(tracked.Path, "tracks.parquet"));
        Assert.Equal((-1, tracks), (without.Schema.IndexOf("x_raw"), table.RowCount));
        Assert.Equal(TableSchemas.Keypoints.Columns.Select(column => column.Name), with.Schema.Columns.Select(column => column.Name));
        Assert.Empty(ResultInspector.Inspect(tracked.Path).Problems);
    }

    [Fact]
    public void A_track_for_a_result_without_tracks_is_a_defect()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        Assert.Throws<PoseBatchException>(() => SomeResult.Fill(writer, 50, sequence: SomeResult.Sequence()));
    }

    [Fact]
    public void A_row_group_ends_at_a_frame_and_near_its_target()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path) with { Tables = new() { RowGroupRows = 200 } });
        SomeResult.Fill(writer, 200);
        using ParquetFileReader reader = new(Path.Combine(writer.Path, "keypoints.parquet"));
        TableBlock block = reader.CreateBlock();
        int lastFrame = -1;
        for (int group = 0; group < reader.RowGroups.Count; group++)
        {
            reader.Read(group, block);
            ReadOnlySpan<int> frames = block.Column<int>("frame").Values;
            Assert.True(block.RowCount <= 200);
            Assert.True(frames[0] > lastFrame);
            lastFrame = frames[^1];
        }

        Assert.True(reader.RowGroups.Count > 3);
    }

    [Fact]
    public void An_existing_result_is_refused_at_the_start()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        SomeResult.Fill(writer, 3);
        ResultExistsException fault = Assert.Throws<ResultExistsException>(() => _store.Begin(SomeResult.Request(root.Path)));
        Assert.Equal(ReasonCode.OutputConflict, fault.Reason);
        Assert.Contains(writer.Path, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Advice);
    }

    [Theory]
    [InlineData("persons.parquet", null, "persons.parquet is missing")]
    [InlineData("frames.parquet", "cut", "frames.parquet has 3 bytes instead of ")]
    [InlineData("manifest.json", null, "manifest.json is missing")]
    [InlineData("manifest.json", "{}", "manifest.json is damaged")]
    [InlineData("manifest.json", "{ \"files\": [ { \"name\": null, \"size\": 1, \"sha256\": \"\" } ] }", "manifest.json is damaged")]
    public void A_folder_of_which_something_is_gone_is_in_the_way_and_no_result(string file, string? content, string says)
    {
        using TemporaryFolder root = new();
        using IResultWriter late = _store.Begin(SomeResult.Request(root.Path));
        using (IResultWriter writer = _store.Begin(SomeResult.Request(root.Path)))
        {
            SomeResult.Fill(writer, 3);
        }

        string harmed = Path.Combine(late.Path, file);
        File.Delete(harmed);
        if (content is not null)
        {
            File.WriteAllText(harmed, content);
        }

        foreach (Action step in new Action[] { () => _store.Begin(SomeResult.Request(root.Path)), () => SomeResult.Fill(late, 3) })
        {
            PoseBatchException fault = Assert.Throws<PoseBatchException>(step);   // this very type: not ResultExistsException
            Assert.Equal(ReasonCode.OutputConflict, fault.Reason);
            Assert.Contains(late.Path, fault.Message, StringComparison.Ordinal);
            Assert.Contains(says, fault.Message, StringComparison.Ordinal);
            Assert.Contains("--overwrite", fault.Advice, StringComparison.Ordinal);
            Assert.Contains("output.overwrite", fault.Advice, StringComparison.Ordinal);
        }

        Assert.Equal(content is not null, File.Exists(harmed));
        using IResultWriter replacing = _store.Begin(SomeResult.Request(root.Path) with { Overwrite = OverwriteRule.Replace });
        SomeResult.Fill(replacing, 3);
        Assert.Empty(ResultInspector.Inspect(late.Path).Problems);
    }

    [Fact]
    public void Of_two_runs_at_once_the_second_to_finish_is_refused_and_the_first_stays()
    {
        using TemporaryFolder root = new();
        using IResultWriter slow = _store.Begin(SomeResult.Request(root.Path));
        using (IResultWriter fast = _store.Begin(SomeResult.Request(root.Path)))
        {
            SomeResult.Fill(fast, 3);
        }

        ResultExistsException fault = Assert.Throws<ResultExistsException>(() => SomeResult.Fill(slow, 4));
        Assert.Equal(ReasonCode.OutputConflict, fault.Reason);
        slow.Dispose();
        Assert.Equal(3, ResultInspector.Inspect(slow.Path).Counts.SourceFrames);
        Assert.Single(Directory.GetFileSystemEntries(root.Path));
    }

    [Fact]
    public void A_file_that_takes_the_name_meanwhile_is_no_result()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        File.WriteAllText(writer.Path, "in the way");

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => SomeResult.Fill(writer, 3));

        Assert.Equal(ReasonCode.OutputConflict, fault.Reason);
        Assert.Equal("in the way", File.ReadAllText(writer.Path));
    }

    [Fact]
    public void An_output_root_removed_while_the_job_runs_is_the_disks_fault_and_not_a_defect()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        Directory.Delete(Path.Combine(root.Path, ".work"), recursive: true);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => SomeResult.Fill(writer, 3));

        Assert.Equal(ReasonCode.DiskFull, fault.Reason);
        Assert.Contains("removed while the job ran", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(root.Path));
    }

    [Fact]
    public void A_replaced_result_is_there_until_the_new_one_is_complete()
    {
        using TemporaryFolder root = new();
        ResultRequest request = SomeResult.Request(root.Path) with { Overwrite = OverwriteRule.Replace };
        using (IResultWriter first = _store.Begin(request))
        {
            SomeResult.Fill(first, 3);
        }

        using IResultWriter second = _store.Begin(request);
        Assert.Equal(3, ResultInspector.Inspect(second.Path).Counts.SourceFrames);
        SomeResult.Fill(second, 5);
        Assert.Equal(5, ResultInspector.Inspect(second.Path).Counts.SourceFrames);
        Assert.Equal([second.Path], Directory.GetFileSystemEntries(root.Path));
    }

    [Fact]
    public void An_abandoned_result_leaves_nothing()
    {
        using TemporaryFolder root = new();
        using (IResultWriter writer = _store.Begin(SomeResult.Request(root.Path)))
        {
            writer.WriteLedgerOnly(new() { Index = 0, Pts = null, Seconds = 0, Status = FrameStatus.Undecodable });
        }

        Assert.Empty(Directory.GetFileSystemEntries(root.Path));
    }

    [Fact]
    public void A_gap_in_the_frames_is_a_defect_and_not_a_table()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() =>
            writer.WriteLedgerOnly(new() { Index = 1, Pts = null, Seconds = 0, Status = FrameStatus.Skipped }));
        Assert.Equal(ReasonCode.Internal, fault.Reason);
    }

    [Fact]
    public void Leftovers_of_a_dead_process_are_swept_and_those_of_a_living_one_stay()
    {
        using TemporaryFolder root = new();
        using IResultWriter alive = _store.Begin(SomeResult.Request(root.Path, "/videos/alive.mp4"));
        using Process gone = Process.Start("true");
        gone.WaitForExit();
        string dead = root[$".work/clip.0123456789.{gone.Id}-aaaaaaaa"];
        Directory.CreateDirectory(dead);
        File.WriteAllText(Path.Combine(dead, "keypoints.parquet"), "half");
        File.WriteAllText(dead + ".lock", $"{ProcessIdentity.Self.Machine}\n{gone.Id}\n1700000000\n");
        string unlocked = root[".work/clip.0123456789.1-bbbbbbbb"];
        Directory.CreateDirectory(unlocked);

        // No lock is held here, as on a file system without locks; but the process named is this one, and it lives.
        string named = root[".work/clip.0123456789.2-cccccccc"];
        Directory.CreateDirectory(named);
        long started = new DateTimeOffset(Process.GetCurrentProcess().StartTime).ToUnixTimeSeconds();
        File.WriteAllText(named + ".lock", $"{ProcessIdentity.Self.Machine}\n{Environment.ProcessId}\n{started}\n");

        // A foreign host cannot be asked: its fresh work stays.
        string foreign = root[".work/clip.0123456789.3-dddddddd"];
        Directory.CreateDirectory(foreign);
        File.WriteAllText(foreign + ".lock", "another-host\n1\n1\n");

        // Whoever died here was about to take a lock: nothing tells who it was.
        string unborn = root[".work/clip.0123456789.4-eeeeeeee.new"];
        File.WriteAllText(unborn, string.Empty);

        using IResultWriter next = _store.Begin(SomeResult.Request(root.Path));

        Assert.False(Directory.Exists(dead));
        Assert.False(File.Exists(dead + ".lock"));
        Assert.False(Directory.Exists(unlocked));
        Assert.True(Directory.Exists(named));
        Assert.True(Directory.Exists(foreign));
        Assert.False(File.Exists(unborn));
        SomeResult.Fill(alive, 3);
        Assert.True(ResultInspector.Inspect(alive.Path).IsSound);
    }

    [Fact]
    public void A_trial_leaves_nothing_and_takes_away_one_that_was_cut_short()
    {
        using TemporaryFolder root = new();
        using Process gone = Process.Start("true");
        gone.WaitForExit();
        string cut = root[$".work/trial.{gone.Id}-aaaaaaaa"];
        Directory.CreateDirectory(cut);
        File.WriteAllBytes(Path.Combine(cut, "trial"), new byte[100]);
        File.WriteAllText(cut + ".lock", $"{ProcessIdentity.Self.Machine}\n{gone.Id}\n1700000000\n");

        _store.EnsureWritable(root.Path);

        Assert.Empty(Directory.GetFileSystemEntries(root.Path));
    }

    [Fact]
    public void A_trial_leaves_what_others_make_alone()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));
        string[] before = Directory.GetFileSystemEntries(root[".work"]);

        _store.EnsureWritable(root.Path);

        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(root[".work"]).Order());
        SomeResult.Fill(writer, 3);
        Assert.True(ResultInspector.Inspect(writer.Path).IsSound);
    }

    [Fact]
    public void A_trial_where_no_result_can_be_written_says_why()
    {
        using TemporaryFolder root = new();
        File.WriteAllText(root["file"], "a file");
        Assert.Equal(ReasonCode.OutputConflict, Assert.Throws<PoseBatchException>(() => _store.EnsureWritable(root["file"])).Reason);

        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", root.Path), "A small file system cannot be mounted here.");
        try
        {
            PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _store.EnsureWritable(root.Path));   // 64 KiB do not fit
            Assert.Equal(ReasonCode.DiskFull, fault.Reason);
            Assert.Contains(root.Path, fault.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(root.Path));
        }
        finally
        {
            Run("umount", root.Path);
        }
    }

    [Fact]
    public async Task A_lock_has_its_owner_in_it_from_the_moment_it_has_its_name()
    {
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root[".work"]);
        TaskCompletionSource<WatcherChangeTypes> named = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(root[".work"], "*.lock");
        watcher.Created += (_, made) => named.TrySetResult(made.ChangeType);
        watcher.Renamed += (_, made) => named.TrySetResult(made.ChangeType);
        watcher.EnableRaisingEvents = true;

        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path));

        // Made under its name it would be empty for a while, and stay so when the process dies just then.
        Assert.Equal(WatcherChangeTypes.Renamed, await named.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.True(new FileInfo(Assert.Single(Directory.GetFiles(root[".work"], "*.lock"))).Length > 0);
    }

    [Theory]
    [InlineData("/v/überlänge 🏃.mp4", "überlänge 🏃.")]
    [InlineData("/v/.hidden.mp4", "_hidden.")]
    [InlineData("/v/..mp4", "video.")]
    [InlineData("/v/a:b*c?\"<>|\\d\n\u2028e.mp4", "a_b_c______d__e.")]
    [InlineData("/v/ spaces and dots . .mp4", "spaces and dots.")]
    [InlineData("/v/.mp4", "video.")]
    public void Odd_names_give_safe_folders(string video, string expected)
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path, video));
        SomeResult.Fill(writer, 2);
        string name = Path.GetFileName(writer.Path);
        Assert.StartsWith(expected, name, StringComparison.Ordinal);
        Assert.Matches(@"\.[0-9a-f]{10}$", name);
        Assert.True(ResultInspector.Inspect(writer.Path).IsSound);
    }

    [Fact]
    public void A_name_too_long_for_the_file_system_is_cut_between_characters()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path, "/v/" + string.Concat(Enumerable.Repeat("👩‍🚀", 100)) + ".mp4"));
        SomeResult.Fill(writer, 2);
        string name = Path.GetFileName(writer.Path);
        Assert.True(Encoding.UTF8.GetByteCount(name) <= 255);
        Assert.EndsWith("👩‍🚀", name[..^11], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_where_the_output_root_has_to_be_is_named()
    {
        using TemporaryFolder root = new();
        File.WriteAllText(root["results"], "a file");
        foreach (string path in new[] { root["results"], root["results/below"] })
        {
            PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _store.Begin(SomeResult.Request(path)));
            Assert.Equal(ReasonCode.OutputConflict, fault.Reason);
            Assert.Contains(root["results"], fault.Message, StringComparison.Ordinal);
        }

        File.WriteAllText(root[".work"], "a file");
        Assert.Equal(ReasonCode.OutputConflict, Assert.Throws<PoseBatchException>(() => _store.Begin(SomeResult.Request(root.Path))).Reason);
    }

    [Fact]
    public void A_root_that_cannot_be_made_is_disk_full_with_advice()
    {
        Assert.SkipUnless(Directory.Exists("/proc"), "This machine has no /proc.");
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _store.Begin(SomeResult.Request("/proc/posebatch-results")));
        Assert.Equal(ReasonCode.DiskFull, fault.Reason);
        Assert.Contains("/proc/posebatch-results", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Advice);
    }

    [Fact]
    public void A_disk_that_fills_up_fails_the_job_and_leaves_nothing()
    {
        using TemporaryFolder root = new();
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root.Path), "A small file system cannot be mounted here.");
        try
        {
            using IResultWriter writer = _store.Begin(SomeResult.Request(root.Path) with { Tables = new() { RowGroupRows = 20_000 } });
            PoseBatchException fault = Assert.Throws<PoseBatchException>(() => SomeResult.Fill(writer, 20_000));
            Assert.Equal(ReasonCode.DiskFull, fault.Reason);
            writer.Dispose();
            Assert.Empty(Directory.GetFileSystemEntries(root.Path));
        }
        finally
        {
            Run("umount", root.Path);
        }
    }

    [Fact]
    public void The_key_changes_with_everything_that_changes_results_and_with_nothing_else()
    {
        ResultRequest request = SomeResult.Request("/out");
        string key = ResultKey.Of(request).Value;
        ResultRequest[] same =
        [
            request with { OutputRoot = "/elsewhere", JobId = "x", Overwrite = OverwriteRule.Replace },
            request with { Settings = [.. request.Settings.Reverse()] },
            request with { Provider = request.Provider with { Name = "cuda" } },
            request with { Tables = new() { Profile = TableProfile.Compatible, RowGroupRows = 5 } },
        ];
        ResultRequest[] other =
        [
            request with { Identity = new("sha256", request.Identity.Value) },
            request with { SourceId = "other.mp4" },
            request with { Model = request.Model with { Sha256 = new('b', 64) } },
            request with { Settings = [.. request.Settings, new("more", 1L)] },
            request with { Tables = new() { Rounded = true } },
            request with { Video = request.Video with { StreamIndex = 1 } },
        ];
        Assert.All(same, equal => Assert.Equal(key, ResultKey.Of(equal).Value));
        Assert.Equal(other.Length + 1, other.Select(different => ResultKey.Of(different).Value).Append(key).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_manifest_has_every_property_its_schema_requires_and_no_other(bool withDetector)
    {
        using TemporaryFolder root = new();
        ResultRequest request = SomeResult.Request(root.Path) with { JobId = "01J" };
        using IResultWriter writer = _store.Begin(request with { Detector = withDetector ? request.Model with { Name = "finder" } : null });
        SomeResult.Fill(writer, 30);
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(writer.Path, "manifest.json")));
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(RepositoryRoot(), "docs", "manifest.schema.json")));
        Compare(schema.RootElement, manifest.RootElement, "manifest");
        JsonElement model = manifest.RootElement.GetProperty("model");
        Assert.Equal(withDetector, model.TryGetProperty("detector", out JsonElement detector));
        Assert.True(!withDetector || detector.GetProperty("name").GetString() == "finder");
    }

    /// <summary>As much of JSON Schema as the manifest's own schema uses: type, required, properties, items.</summary>
    private static void Compare(JsonElement schema, JsonElement value, string path)
    {
        string kind = value.ValueKind switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Null => "null",
            JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
            _ => "boolean",
        };
        if (schema.TryGetProperty("type", out JsonElement type))
        {
            string[] allowed = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(item => item.GetString()!)] : [type.GetString()!];
            Assert.True(allowed.Contains(kind) || (kind == "integer" && allowed.Contains("number")), $"{path} is {kind}");
        }

        if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out JsonElement properties))
        {
            Assert.Empty(Names(schema).Except(value.EnumerateObject().Select(property => property.Name)));
            foreach (JsonProperty property in value.EnumerateObject())
            {
                Compare(properties.GetProperty(property.Name), property.Value, $"{path}.{property.Name}");
            }
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement items))
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                Compare(items, item, path + "[]");
            }
        }
    }

    private static IEnumerable<string> Names(JsonElement schema) => schema.TryGetProperty("required", out JsonElement required)
        ? required.EnumerateArray().Select(name => name.GetString()!)
        : [];

    internal static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PoseBatch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
