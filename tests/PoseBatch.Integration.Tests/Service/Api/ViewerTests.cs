using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Parquet;
using PoseBatch.Results;
using PoseBatch.Shared;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.Service.Api.Viewer;

namespace PoseBatch.Service.Api;

/// <summary>What the page draws of a finished job.</summary>
public class ViewerTests(FinishedJob finished) : IClassFixture<FinishedJob>
{
    // ffprobe -count_frames of models/demo/demo.mp4.
    private const int FrameCount = 419;

    private static JsonElement Written<T>(T answer) => JsonElement.Parse(PoseBatch.Worker.Service.Api.ApiJson.Text(answer));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Root => $"/api/jobs/{finished.Id}";

    [Fact]
    public async Task The_files_of_a_result_are_listed_with_its_manifest()
    {
        JsonElement result = await GetAsync("/result");
        string[] names = [.. result.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("name").GetString()!)];

        Assert.Equal(Directory.EnumerateFiles(finished.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal), names);
        Assert.Equal(FrameCount, result.GetProperty("manifest").GetProperty("counts").GetProperty("source_frames").GetInt32());
    }

    [Fact]
    public async Task A_file_comes_whole_and_in_parts()
    {
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(finished.Folder, "keypoints.parquet"), Stop);
        using HttpResponseMessage whole = await finished.Service.Client.GetAsync($"{Root}/result/keypoints.parquet", Stop);
        using HttpRequestMessage request = new(HttpMethod.Get, $"{Root}/result/keypoints.parquet") { Headers = { Range = new RangeHeaderValue(bytes.Length - 8, null) } };
        using HttpResponseMessage part = await finished.Service.Client.SendAsync(request, Stop);
        using HttpRequestMessage outside = new(HttpMethod.Get, $"{Root}/result/keypoints.parquet") { Headers = { Range = new RangeHeaderValue(bytes.Length, null) } };

        Assert.Equal(bytes, await whole.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(bytes[^8..], await part.Content.ReadAsByteArrayAsync(Stop));
        using HttpResponseMessage beyond = await finished.Service.Client.SendAsync(outside, Stop);
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "range_not_satisfiable"), (beyond.StatusCode, await CodeAsync(beyond)));
    }

    [Fact]
    public async Task A_file_that_is_known_is_not_sent_again_and_another_one_is_not_taken_for_it()
    {
        string address = $"{Root}/result/frames.parquet";
        using HttpResponseMessage first = await finished.Service.Client.GetAsync(address, Stop);
        EntityTagHeaderValue tag = first.Headers.ETag!;
        DateTimeOffset written = first.Content.Headers.LastModified!.Value;
        EntityTagHeaderValue other = new("\"another\"");

        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(headers => headers.IfNoneMatch.Add(tag)));
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(headers => headers.IfModifiedSince = written));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(headers => headers.IfNoneMatch.Add(other)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(headers => headers.IfMatch.Add(tag)));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await AskAsync(headers => headers.IfMatch.Add(other)));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await AskAsync(headers => headers.IfUnmodifiedSince = written - TimeSpan.FromDays(1)));
        Assert.Equal(HttpStatusCode.PartialContent, await AskAsync(headers => (headers.Range, headers.IfRange) = (new(0, 3), new(tag))));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(headers => (headers.Range, headers.IfRange) = (new(0, 3), new(other))));

        async Task<HttpStatusCode> AskAsync(Action<HttpRequestHeaders> condition)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, address);
            condition(request.Headers);
            using HttpResponseMessage answer = await finished.Service.Client.SendAsync(request, Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Whatever_stops_a_picture_has_a_status_that_the_description_names()
    {
        JsonElement named = JsonElement.Parse(await finished.Service.Client.GetStringAsync("/openapi/v1.json", Stop))
            .GetProperty("paths").GetProperty("/api/jobs/{id}/frames/{name}").GetProperty("get").GetProperty("responses");

        Assert.All(Enum.GetValues<ReasonCode>(), reason =>
        {
            PoseBatch.Worker.Service.Api.Problem problem = PoseBatch.Worker.Service.Api.Problem.Of(new PoseBatchException(reason, "It did."));
            Assert.Equal(reason.WireName(), problem.Code);
            Assert.True(named.TryGetProperty($"{problem.Status}", out _), $"{reason} is {problem.Status}, which is not named.");
        });
    }

    [Theory]
    [InlineData("nothing.parquet")]
    [InlineData("..%2fsecret.txt")]
    [InlineData("..%2F..%2Fjobs.db")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData(".hidden")]
    [InlineData("link.parquet")]
    public async Task Only_plain_files_of_the_result_can_be_had(string name)
    {
        string secret = Path.Combine(finished.Service.Results, "secret.txt");
        await File.WriteAllTextAsync(secret, "not for you", Stop);
        await File.WriteAllTextAsync(Path.Combine(finished.Folder, ".hidden"), "not for you", Stop);
        string link = Path.Combine(finished.Folder, "link.parquet");
        if (!Path.Exists(link))
        {
            File.CreateSymbolicLink(link, secret);
        }

        try
        {
            using HttpResponseMessage answer = await finished.Service.Client.GetAsync($"{Root}/result/{name}", Stop);

            Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("not for you", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(link);
            File.Delete(Path.Combine(finished.Folder, ".hidden"));
        }
    }

    [Fact]
    public async Task Poses_are_the_rows_of_the_tables()
    {
        JsonElement answer = await GetAsync("/poses?from=100&to=149");
        using ParquetFileReader table = new(Path.Combine(finished.Folder, "keypoints.parquet"));
        TableBlock block = table.CreateBlock();
        List<(int Frame, int Person, double? X, double? Y, double Confidence)> expected = [];
        for (int group = 0; group < table.RowGroups.Count; group++)
        {
            table.Read(group, block);
            for (int row = 0; row < block.RowCount; row++)
            {
                if (block.Column<int>("frame").Values[row] is >= 100 and <= 149)
                {
                    bool isNull = block.Column<float>("x").IsNull(row);
                    expected.Add((
                        block.Column<int>("frame").Values[row], block.Column<int>("person").Values[row],
                        isNull ? null : block.Column<float>("x").Values[row], isNull ? null : block.Column<float>("y").Values[row],
                        block.Column<float>("confidence").Values[row]));
                }
            }
        }

        List<(int, int, double?, double?, double)> found = [];
        foreach (JsonElement person in answer.GetProperty("people").EnumerateArray())
        {
            double?[] joints = [.. person[3].EnumerateArray().Select(number => number.ValueKind == JsonValueKind.Null ? (double?)null : number.GetDouble())];
            for (int i = 0; i < joints.Length; i += 3)
            {
                found.Add((person[0].GetInt32(), person[1].GetInt32(), joints[i], joints[i + 1], joints[i + 2]!.Value));
            }
        }

        Assert.Equal(50, answer.GetProperty("frames").GetArrayLength());
        Assert.Equal(149, answer.GetProperty("to").GetInt32());
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Count, found.Count);
        foreach (((int, int, double?, double?, double) one, (int, int, double?, double?, double) other) in expected.Zip(found))
        {
            Assert.Equal((one.Item1, one.Item2, one.Item3 is null), (other.Item1, other.Item2, other.Item3 is null));
            Assert.Equal(one.Item3 ?? 0, other.Item3 ?? 0, 0.00051);   // thousandths
            Assert.Equal(one.Item4 ?? 0, other.Item4 ?? 0, 0.00051);
            Assert.Equal(one.Item5, other.Item5, 0.00051);
        }
    }

    [Fact]
    public async Task A_range_beyond_the_end_is_cut_to_what_is_there()
    {
        JsonElement tail = await GetAsync($"/poses?from={FrameCount - 3}&to={FrameCount + 1000}");
        JsonElement none = await GetAsync($"/poses?from={FrameCount}&to={FrameCount + 10}");

        Assert.Equal(3, tail.GetProperty("frames").GetArrayLength());
        Assert.Equal(FrameCount - 1, tail.GetProperty("to").GetInt32());
        Assert.Equal(0, none.GetProperty("frames").GetArrayLength());
    }

    [Theory]
    [InlineData("/poses?from=-1")]
    [InlineData("/poses?from=5&to=4")]
    [InlineData("/poses?from=1e3")]
    [InlineData("/series")]
    [InlineData("/series?keypoint=left_antenna")]
    [InlineData("/series?keypoint=nose&buckets=0")]
    [InlineData("/series?keypoint=nose&buckets=2001")]
    [InlineData("/ledger?frames=1")]
    [InlineData("/frames/0.jpg?width=5")]
    public async Task Parameters_out_of_range_are_refused(string address)
    {
        using HttpResponseMessage answer = await finished.Service.Client.GetAsync(Root + address, Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_series_holds_every_extreme_whatever_the_stretch()
    {
        JsonElement every = await GetAsync("/series?keypoint=left_ankle&buckets=2000");
        JsonElement few = await GetAsync("/series?keypoint=left_ankle&buckets=10");
        double?[] all = [.. every.GetProperty("buckets").EnumerateArray().Select(bucket => Number(bucket[4]))];

        Assert.Equal(1, every.GetProperty("step").GetInt32());
        Assert.Equal(FrameCount, all.Length);
        Assert.Equal((FrameCount + 9) / 10, few.GetProperty("step").GetInt32());
        JsonElement[] stretches = [.. few.GetProperty("buckets").EnumerateArray()];
        for (int i = 0; i < stretches.Length; i++)
        {
            double?[] part = [.. all.Skip(i * 42).Take(42).Where(value => value is not null)];
            Assert.Equal(i * 42, stretches[i][0].GetInt32());
            Assert.Equal(part.Min(), Number(stretches[i][4]));
            Assert.Equal(part.Max(), Number(stretches[i][5]));
        }
    }

    [Fact]
    public async Task The_ledger_counts_every_frame_once()
    {
        JsonElement ledger = await GetAsync("/ledger");

        Assert.Equal(FrameCount, ledger.GetProperty("frames").GetInt32());
        Assert.Equal(FrameCount, ledger.GetProperty("counts").EnumerateObject().Sum(count => count.Value.GetInt32()));
        Assert.Equal((FrameCount - 1) / 25.0, ledger.GetProperty("duration").GetDouble(), 3);   // 25 frames per second
        Assert.True(ledger.GetProperty("buckets").GetArrayLength() is > 0 and <= 600);
    }

    [Fact]
    public async Task Tracks_say_from_when_to_when()
    {
        using ParquetFileReader table = new(Path.Combine(finished.Folder, "persons.parquet"));
        TableBlock block = table.CreateBlock();
        List<(int Track, double Time)> rows = [];
        for (int group = 0; group < table.RowGroups.Count; group++)
        {
            table.Read(group, block);
            rows.AddRange(Enumerable.Range(0, block.RowCount).Select(row => (block.Column<int>("track_id").Values[row], block.Column<double>("time").Values[row])));
        }

        var expected = rows.GroupBy(row => row.Track).OrderByDescending(track => track.Count()).ThenBy(track => track.Key)
            .Select(track => (track.Key, track.Count(), Math.Round(track.Min(row => row.Time), 6), Math.Round(track.Max(row => row.Time), 6)));
        Assert.Equal(expected, (await GetAsync("/ledger")).GetProperty("tracks").EnumerateArray()
            .Select(track => (track[0].GetInt32(), track[1].GetInt32(), track[2].GetDouble(), track[3].GetDouble())));
    }

    [Fact]
    public void A_series_tells_frames_that_were_left_out_from_those_without_the_joint()
    {
        using TemporaryFolder output = new();
        using (IResultWriter writer = new PoseBatch.Results.Writing.ParquetResultStore().Begin(SomeResult.Request(output.Path)))
        {
            SomeResult.Fill(writer, 500);
        }

        string folder = Directory.EnumerateDirectories(output.Path).Single(path => !Path.GetFileName(path).StartsWith('.'));
        using ParquetFileReader table = new(Path.Combine(folder, "frames.parquet"));
        TableBlock block = table.CreateBlock();
        table.Read(0, block);
        int[] skipped = [.. Enumerable.Range(0, block.RowCount).Select(row => block.TextColumn("status").Text(row) == "skipped" ? 1 : 0)];
        Assert.Contains(1, skipped);
        foreach (int step in new[] { 1, 50 })
        {
            JsonElement series = Written(SeriesView.Read(folder, new(0, null, 0), 0, int.MaxValue - 1, 500 / step, CancellationToken.None));
            Assert.Equal(skipped.Chunk(step).Select(part => part.Sum()), series.GetProperty("buckets").EnumerateArray().Select(bucket => bucket[8].GetInt32()));
        }
    }

    [Fact]
    public async Task Frames_behind_a_break_in_the_stamps_have_pictures()
    {
        // 25 frames of 360 x 640, then 25 of 180 x 320 whose stamps are 95,000 s later: no jump leads to the last ones.
        await using TestService service = await TestService.StartAsync();
        (string id, _, _) = await FinishedJob.CompleteAsync(service, "break.ts", SharedMedia.File("media", "derived", "sq-resize-discontinuity.ts"));
        foreach (int frame in new[] { 24, 25, 48, 49 })
        {
            (int width, int height) = SizeOf(await service.Client.GetByteArrayAsync($"/api/jobs/{id}/frames/{frame}.jpg", Stop));
            Assert.Equal(640 * width, 360 * height);
        }
    }

    [Fact]
    public void Runs_of_a_ledger_with_gaps_are_exact_and_bounded()
    {
        using TemporaryFolder output = new();
        using (IResultWriter writer = new PoseBatch.Results.Writing.ParquetResultStore().Begin(SomeResult.Request(output.Path)))
        {
            SomeResult.Fill(writer, 500);
        }

        string folder = Directory.EnumerateDirectories(output.Path).Single(path => !Path.GetFileName(path).StartsWith('.'));
        JsonElement ledger = Written(LedgerView.Read(folder, CancellationToken.None));
        using ParquetFileReader table = new(Path.Combine(folder, "frames.parquet"));
        TableBlock block = table.CreateBlock();
        table.Read(0, block);
        string[] statuses = [.. Enumerable.Range(0, block.RowCount).Select(row => block.TextColumn("status").Text(row)!)];
        string[] told = [.. Enumerable.Repeat("ok", 500)];
        foreach (JsonElement run in ledger.GetProperty("runs").EnumerateArray())
        {
            told.AsSpan(run[1].GetInt32()..(run[2].GetInt32() + 1)).Fill(run[0].GetString()!);
        }

        Assert.Equal(statuses, told);
        Assert.Equal(statuses.Count(status => status == "skipped"), ledger.GetProperty("buckets").EnumerateArray().Sum(bucket => bucket[3].GetInt32()));
        Assert.Equal(statuses.Count(status => status == "undecodable"), ledger.GetProperty("counts").GetProperty("undecodable").GetInt32());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(200)]
    [InlineData(FrameCount - 1)]
    public async Task A_picture_is_the_very_frame(int frame)
    {
        byte[] jpeg = await finished.Service.Client.GetByteArrayAsync($"{Root}/frames/{frame}.jpg?width=480", Stop);
        double own = Distance(jpeg, await FrameOfAsync(finished.Source, frame));
        int neighbour = frame > 0 ? frame - 1 : 1;

        Assert.True(own < 3, $"frame {frame} differs by {own} levels from what ffmpeg decodes by counting");
        Assert.True(own < Distance(jpeg, await FrameOfAsync(finished.Source, neighbour)), "the neighbour fits better");
    }

    [Fact]
    public async Task Pictures_can_be_had_smaller_but_not_larger()
    {
        byte[] small = await finished.Service.Client.GetByteArrayAsync($"{Root}/frames/5.jpg?width=120", Stop);
        byte[] large = await finished.Service.Client.GetByteArrayAsync($"{Root}/frames/5.jpg?width=4000", Stop);

        Assert.Equal((120, 120), SizeOf(small));
        Assert.Equal((480, 480), SizeOf(large));
    }

    [Theory]
    [InlineData("419.jpg")]
    [InlineData("99999999999.jpg")]
    [InlineData("-1.jpg")]
    [InlineData("first.jpg")]
    [InlineData("0.png")]
    public async Task A_frame_that_is_not_there_is_404(string name)
    {
        using HttpResponseMessage answer = await finished.Service.Client.GetAsync($"{Root}/frames/{name}", Stop);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_source_that_changed_or_is_gone_has_no_pictures_but_its_tables()
    {
        await using TestService service = await TestService.StartAsync();
        (string id, _, string source) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        DateTime before = File.GetLastWriteTimeUtc(source);
        File.SetLastWriteTimeUtc(source, before.AddHours(1));
        using HttpResponseMessage touched = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);
        await File.AppendAllTextAsync(source, "more", Stop);
        using HttpResponseMessage changed = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);
        File.Delete(source);
        using HttpResponseMessage gone = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);
        File.CreateSymbolicLink(source, PoseBatchProgram.DemoClip);
        using HttpResponseMessage linked = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);

        Assert.Equal(HttpStatusCode.OK, touched.StatusCode);   // the same content
        Assert.Equal((HttpStatusCode.Gone, "source_changed"), (changed.StatusCode, await CodeAsync(changed)));
        Assert.Equal((HttpStatusCode.Gone, "source_missing"), (gone.StatusCode, await CodeAsync(gone)));
        Assert.Equal((HttpStatusCode.Gone, "source_missing"), (linked.StatusCode, await CodeAsync(linked)));   // it leads out of the roots
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync($"/api/jobs/{id}/poses", Stop)).StatusCode);
    }

    [Theory]
    [InlineData("poses", "poses")]
    [InlineData("ledger", "ledger")]
    [InlineData("series", "series")]
    [InlineData("frames/0.jpg", "frames/{name}")]
    public async Task A_refused_parameter_is_one_of_the_answers_that_the_description_names(string part, string route)
    {
        using HttpResponseMessage answer = await finished.Service.Client.GetAsync($"{Root}/{part}?unheard_of=1", Stop);
        JsonElement document = JsonElement.Parse(await finished.Service.Client.GetStringAsync("/openapi.json", Stop));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(document.GetProperty("paths").GetProperty($"/api/jobs/{{id}}/{route}").GetProperty("get").GetProperty("responses").TryGetProperty("400", out _));
    }

    [Fact]
    public async Task A_source_that_was_replaced_by_one_of_the_same_size_and_time_is_noticed()
    {
        await using TestService service = await TestService.StartAsync();
        (string id, _, string source) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        using HttpResponseMessage before = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);
        DateTime time = File.GetLastWriteTimeUtc(source);
        byte[] content = await File.ReadAllBytesAsync(source, Stop);
        byte[] another = [.. content];
        another[another.Length / 2] ^= 0xFF;
        await ReplaceAsync(another);
        using HttpResponseMessage replaced = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);
        using HttpResponseMessage never = await service.Client.GetAsync($"/api/jobs/{id}/frames/200.jpg", Stop);
        await ReplaceAsync(content);
        using HttpResponseMessage back = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal((HttpStatusCode.Gone, "source_changed"), (replaced.StatusCode, await CodeAsync(replaced)));   // though its picture had been made
        Assert.Equal((HttpStatusCode.Gone, "source_changed"), (never.StatusCode, await CodeAsync(never)));
        Assert.Equal(await before.Content.ReadAsByteArrayAsync(Stop), await back.Content.ReadAsByteArrayAsync(Stop));

        async Task ReplaceAsync(byte[] bytes)
        {
            await File.WriteAllBytesAsync(source + ".new", bytes, Stop);
            File.SetLastWriteTimeUtc(source + ".new", time);
            File.Move(source + ".new", source, overwrite: true);
        }
    }

    [Fact]
    public async Task A_source_that_the_watched_folder_put_away_still_has_its_pictures()
    {
        await using TestService service = await TestService.StartAsync(settings => settings with { Jobs = settings.Jobs with { Roots = [] }, Inbox = settings.Inbox with { Path = settings.Jobs.Roots[0] } });
        (string id, _, string source) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        string done = Path.Combine(service.Videos, "done");
        Directory.CreateDirectory(done);
        await File.WriteAllTextAsync(Path.Combine(done, "walk.mp4"), "another one of that name", Stop);
        File.Move(source, Path.Combine(done, "walk (2).mp4"));
        using HttpResponseMessage answer = await service.Client.GetAsync($"/api/jobs/{id}/frames/0.jpg", Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_job_without_result_says_so()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        string id = (await service.SubmitAsync(new { source = new { path = "a.mp4" } })).GetProperty("job_id").GetString()!;
        foreach (string part in new[] { "result", "poses", "ledger", "series?keypoint=nose", "frames/0.jpg", "result/manifest.json" })
        {
            using HttpResponseMessage answer = await service.Client.GetAsync($"/api/jobs/{id}/{part}", Stop);
            Assert.Equal((HttpStatusCode.Conflict, "no_result"), (answer.StatusCode, await CodeAsync(answer)));
        }
    }

    [Fact]
    public async Task A_result_that_was_removed_is_410()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        string id = (await service.SubmitAsync(new { source = new { path = "a.mp4" } })).GetProperty("job_id").GetString()!;
        await service.Store.CompleteAsync(await service.ClaimAsync(), Path.Combine(service.Results, "gone"), false, null, null, Stop);
        using HttpResponseMessage answer = await service.Client.GetAsync($"/api/jobs/{id}/poses", Stop);

        Assert.Equal((HttpStatusCode.Gone, "result_gone"), (answer.StatusCode, await CodeAsync(answer)));
    }

    [Fact]
    public async Task A_table_that_was_removed_is_410_whatever_is_drawn_of_it()
    {
        await using TestService service = await TestService.StartAsync();
        (string id, string folder, _) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        File.Delete(Path.Combine(folder, "keypoints.parquet"));
        File.Delete(Path.Combine(folder, "frames.parquet"));
        foreach (string part in new[] { "poses", "ledger", "series?keypoint=nose", "frames/0.jpg" })
        {
            using HttpResponseMessage answer = await service.Client.GetAsync($"/api/jobs/{id}/{part}", Stop);
            Assert.Equal((part, HttpStatusCode.Gone, "result_gone"), (part, answer.StatusCode, await CodeAsync(answer)));
        }
    }

    [Fact]
    public async Task A_table_that_is_damaged_is_500_and_names_the_way_out()
    {
        await using TestService service = await TestService.StartAsync();
        (string id, string folder, _) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        await File.WriteAllTextAsync(Path.Combine(folder, "keypoints.parquet"), "no table", Stop);
        using HttpResponseMessage answer = await service.Client.GetAsync($"/api/jobs/{id}/poses", Stop);

        Assert.Equal((HttpStatusCode.InternalServerError, "internal"), (answer.StatusCode, await CodeAsync(answer)));
        Assert.Contains("posebatch inspect", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turned_and_odd_videos_give_upright_pictures_by_stamp()
    {
        using TemporaryFolder folder = new();
        string path = folder["turned it's, [odd] 100%.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=size=160x90:rate=10:duration=8", "-bf", "2", "-g", "20", "-pix_fmt", "yuv420p", folder["flat.mp4"]);
        Clips.Make("-i", folder["flat.mp4"], "-c", "copy", "-metadata:s:v:0", "rotate=90", path);
        (VideoInfo video, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(path);
        Assert.SkipUnless(video.RotationApplied != 0, "This ffmpeg does not write the rotation of a copied stream.");
        StillPictures pictures = new(Clips.Decoder.Tools, new PoseBatch.Ffmpeg.Processes.FfmpegOptions(), TimeSpan.FromMinutes(1));
        IReadOnlyList<byte[]> found = await pictures.ByStampAsync(video, [.. stamps.Skip(50).Take(3).Select(stamp => stamp.Pts!.Value)], 960, Stop);

        Assert.Equal(3, found.Count);
        Assert.All(found, picture => Assert.Equal((90, 160), SizeOf(picture)));
        IReadOnlyList<byte[]> counted = await pictures.ByPlaceAsync(video, 51, 960, Stop);
        Assert.Equal(Assert.Single(counted), found[1]);
    }

    private async Task<JsonElement> GetAsync(string address) => JsonElement.Parse(await finished.Service.Client.GetStringAsync(Root + address, Stop));

    private static async Task<string?> CodeAsync(HttpResponseMessage answer) => (await TestService.JsonAsync(answer)).GetProperty("code").GetString();

    private static double? Number(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element.GetDouble();

    // Width and height stand in the frame header of a JPEG: FF C0, length, precision, height, width.
    private static (int Width, int Height) SizeOf(byte[] jpeg)
    {
        int at = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        return ((jpeg[at + 7] << 8) | jpeg[at + 8], (jpeg[at + 5] << 8) | jpeg[at + 6]);
    }

    private static async Task<byte[]> FrameOfAsync(string path, int frame)
    {
        using TemporaryFolder folder = new();
        Clips.Make("-i", path, "-vf", $"select=eq(n\\,{frame})", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", folder["frame.raw"]);
        return await File.ReadAllBytesAsync(folder["frame.raw"], Stop);
    }

    private static double Distance(byte[] jpeg, byte[] gray)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.jpg"], jpeg);
        Clips.Make("-i", folder["a.jpg"], "-f", "rawvideo", "-pix_fmt", "gray", folder["a.raw"]);
        byte[] pixels = File.ReadAllBytes(folder["a.raw"]);
        Assert.Equal(gray.Length, pixels.Length);
        return pixels.Zip(gray, (one, other) => (double)Math.Abs(one - other)).Average();
    }
}
