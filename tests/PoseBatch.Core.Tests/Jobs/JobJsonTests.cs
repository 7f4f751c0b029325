using System.Text.Json;

namespace PoseBatch.Jobs;

public class JobJsonTests
{
    [Fact]
    public void The_least_job_names_a_video_and_leaves_the_rest_open()
    {
        JobSpec spec = Read("""{"source":{"path":"clip.mp4"}}""");

        Assert.Equivalent(new JobSpec { Source = new JobSource { Path = "clip.mp4" } }, spec, strict: true);
    }

    [Fact]
    public void Every_field_is_read()
    {
        JobSpec spec = Read(
            """
            {
              "spec_version": 1, "job_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "idempotency_key": "k",
              "source": { "path": "a.mp4", "sha256": "ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789", "size": 123, "stream": 2 },
              "source_id": "p03",
              "output": { "path": "x/y", "layout": "flat", "exports": ["dlc-csv"], "overwrite": "replace" },
              "model": { "name": "m", "sha256": null, "detector": "d" },
              "inference": { "provider": "cuda", "precision": "fp32", "batch": 16, "min_person_score": 0.25, "min_keypoint_confidence": 0.1, "max_persons": 7, "crop_region": true },
              "frames": { "start": "00:01:30.500", "end": 100, "stride": 3, "max_frames": 10 },
              "tracking": { "enabled": false, "max_gap_s": 0.5 },
              "smoothing": { "method": "one-euro" },
              "on_corrupt": "fail", "priority": 9, "group": "g", "labels": { "subject": "p03" },
              "requires": { "gpu": true },
              "limits": { "max_attempts": 4, "max_runtime_s": 60, "stall_timeout_s": 30 },
              "deadline": "2027-01-31T19:00:00+01:00",
              "notify": { "url": "https://example.org/hook" },
              "x_mine": [1, { "unknown": 2 }]
            }
            """);

        Assert.Equal("01ARZ3NDEKTSV4RRFFQ69G5FAV", spec.JobId);
        Assert.Equal("k", spec.IdempotencyKey);
        Assert.Equal(new JobSource { Path = "a.mp4", Sha256 = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789", Size = 123, Stream = 2 }, spec.Source);
        Assert.Equal("p03", spec.SourceId);
        Assert.Equal(("x/y", "flat", "replace"), (spec.Output.Path, spec.Output.Layout, spec.Output.Overwrite));
        Assert.Equal(["dlc-csv"], spec.Output.Exports);
        Assert.Equal(new JobModel { Name = "m", Detector = "d" }, spec.Model);
        Assert.Equal(
            new JobInference { Provider = "cuda", Precision = "fp32", Batch = 16, MinPersonScore = 0.25, MinKeypointConfidence = 0.1, MaxPersons = 7, CropRegion = true }, spec.Inference);
        Assert.Equal(new JobFrames { StartSeconds = 90.5, EndSeconds = 100, Stride = 3, MaxFrames = 10 }, spec.Frames);
        Assert.Equal(new JobTracking { Enabled = false, MaxGapSeconds = 0.5 }, spec.Tracking);
        Assert.Equal(("one-euro", "fail", 9, "g", true), (spec.Smoothing, spec.OnCorrupt, spec.Priority, spec.Group, spec.RequiresGpu));
        Assert.Equal(new Dictionary<string, string> { ["subject"] = "p03" }, spec.Labels);
        Assert.Equal(new JobLimits { MaxAttempts = 4, MaxRuntimeSeconds = 60, StallTimeoutSeconds = 30 }, spec.Limits);
        Assert.Equal(new DateTimeOffset(2027, 1, 31, 18, 0, 0, TimeSpan.Zero), spec.Deadline);
        Assert.Equal(new Uri("https://example.org/hook"), spec.NotifyUrl);
    }

    [Theory]
    [InlineData("{}", "source: is missing")]
    [InlineData("""{"source":null}""", "source: must be an object, not null")]
    [InlineData("""{"source":{}}""", "source.path: is missing")]
    [InlineData("""{"source":{"path":""}}""", "source.path: must be a path without NUL, 1 to 4096 characters, not \"\"")]
    [InlineData("""{"source":{"path":"a","path":"b"}}""", "source.path: stands there twice")]
    [InlineData("""{"source":{"path":"a"},"inference":{"min_persons_score":0.3}}""", "inference.min_persons_score: is not known here", "did you mean min_person_score?")]
    [InlineData("""{"source":{"path":"a"},"sorce_id":"x"}""", "sorce_id: is not known here", "did you mean source_id?")]
    [InlineData("""{"source":{"path":"a"},"minPersonScore":0.3}""", "minPersonScore: is not known here; known are deadline,")]
    [InlineData("""{"source":{"path":"a"},"inference":{"minPersonScore":0.3}}""", "inference.minPersonScore: is not known here", "did you mean min_person_score?")]
    [InlineData("""{"source":{"path":"a"},"inference":{"provider":"coda"}}""", "inference.provider: must be auto or cpu or cuda or tensorrt, not \"coda\"", "did you mean cuda?")]
    [InlineData("""{"source":{"path":"a"},"limits":{"max_attempts":1000000}}""", "limits.max_attempts: must be a whole number from 1 to 100, not 1000000")]
    [InlineData("""{"source":{"path":"a"},"priority":5.5}""", "priority: must be a whole number from 0 to 9, not 5.5")]
    [InlineData("""{"source":{"path":"a"},"inference":{"min_person_score":1e400}}""", "inference.min_person_score: must be a number from 0 to 4, not 1e400")]
    [InlineData("""{"source":{"path":"a"},"frames":{"start":"1:75"}}""", "frames.start: must be seconds or [HH:]MM:SS[.fff], 0 to 31536000 s, not \"1:75\"")]
    [InlineData("""{"source":{"path":"a"},"frames":{"start":10,"end":"0:10"}}""", "frames.end: must be later than start")]
    [InlineData("""{"source":{"path":"a"},"deadline":"2027-01-31T18:00:00"}""", "deadline: must be a time with its offset, like 2027-01-31T18:00:00Z")]
    [InlineData("""{"source":{"path":"a"},"notify":{"url":"example.org"}}""", "notify.url: must be an absolute http or https address")]
    [InlineData("""{"source":{"path":"a"},"labels":{"subject":3}}""", "labels.subject: must be a text of at most 200 characters, not 3")]
    [InlineData("""{"source":{"path":"a"},"spec_version":2}""", "spec_version: must be 1, not 2")]
    [InlineData("[]", "the text: must be an object, not []")]
    [InlineData("", "the text: is empty")]
    [InlineData("{\"source\":\n  {\"path\" \"a\"}}", "the text: is not JSON at line 2, column 11")]
    [InlineData("""{"source":{"path":"\ud800"}}""", "the text: holds half of a surrogate pair")]
    public void A_wrong_job_is_refused_with_the_field_named(string json, string problem, string hint = "")
    {
        IReadOnlyList<string> problems = JobJson.TryRead(json, out JobSpec? spec);

        Assert.Null(spec);
        string told = Assert.Single(problems);
        Assert.StartsWith(problem, told, StringComparison.Ordinal);
        Assert.EndsWith(hint, told, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        Assert.Equal(
            ["source.path", "priority", "limits.max_attempts", "grup"],
            JobJson.TryRead("""{"source":{},"priority":10,"limits":{"max_attempts":0},"grup":"x"}""", out _).Select(problem => problem.Split(':')[0]));
    }

    [Fact]
    public void A_text_that_is_far_too_long_is_not_even_parsed() =>
        Assert.Contains("256 KiB", Assert.Single(JobJson.TryRead(new string('[', JobJson.MaxBytes + 1), out _)), StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_is_refused_not_followed() =>
        Assert.StartsWith("the text: is not JSON", Assert.Single(JobJson.TryRead(new string('[', 1000) + new string(']', 1000), out _)), StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read_back()
    {
        Random random = new(20270101);
        for (int i = 0; i < 2000; i++)
        {
            JobSpec spec = RandomJob.Spec(random);
            JobSpec read = Read(JobJson.Write(spec));

            Assert.Equivalent(spec, read, strict: true);
            Assert.Equal(JobJson.Write(spec), JobJson.Write(read));
        }
    }

    [Fact]
    public void Broken_texts_are_refused_never_thrown_at_the_caller()
    {
        Random random = new(7);
        for (int i = 0; i < 5000; i++)
        {
            char[] text = JobJson.Write(RandomJob.Spec(random)).ToCharArray();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                text[random.Next(text.Length)] = "{}[]\",:\\u0eE-.x\0\ud800"[random.Next(17)];
            }

            IReadOnlyList<string> problems = JobJson.TryRead(new string(text), out JobSpec? spec);
            Assert.Equal(problems.Count == 0, spec is not null);
        }
    }

    [Fact]
    public void Records_and_events_are_read_back()
    {
        Random random = new(20270102);
        for (int i = 0; i < 500; i++)
        {
            JobRecord job = RandomJob.Record(random);
            JobEvent entry = RandomJob.Event(random);

            using JsonDocument jobJson = JsonDocument.Parse(JobRecordJson.Write(job));
            using JsonDocument eventJson = JsonDocument.Parse(JobRecordJson.Write(entry));
            Assert.Equivalent(job, JobRecordJson.ReadJob(jobJson.RootElement), strict: true);
            Assert.Equal(entry, JobRecordJson.ReadEvent(eventJson.RootElement));
        }
    }

    [Fact]
    public void A_record_says_whether_trying_again_may_help_and_names_absence_null()
    {
        using JsonDocument json = JsonDocument.Parse(JobRecordJson.Write(new JobRecord
        {
            Id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            Spec = new JobSpec { Source = new JobSource { Path = "a" } },
            Origin = "api",
            Status = JobStatus.RetryWait,
            Reason = ReasonCode.DiskFull,
            RunAt = new DateTimeOffset(2027, 1, 31, 19, 0, 0, TimeSpan.FromHours(1)),
            Progress = new JobProgress { FramesPerSecond = double.PositiveInfinity },
        }));

        Assert.Equal("retry_wait", json.RootElement.GetProperty("status").GetString());
        Assert.Equal("disk_full", json.RootElement.GetProperty("reason").GetString());
        Assert.True(json.RootElement.GetProperty("transient").GetBoolean());
        Assert.Equal("2027-01-31T18:00:00Z", json.RootElement.GetProperty("run_at").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("finished_at").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("progress").GetProperty("fps").ValueKind);
    }

    [Theory]
    [InlineData("{}", "spec")]
    [InlineData("""{"spec":{"source":{"path":"a"}}}""", "job_id: is missing")]
    [InlineData("""{"spec":{"source":{"path":"a"}},"job_id":"i","origin":"api","status":"asleep"}""", "status: 'asleep' is not known")]
    public void What_is_no_record_is_refused_with_the_field_named(string json, string problem)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Contains(problem, Assert.Throws<FormatException>(() => JobRecordJson.ReadJob(document.RootElement)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_a_newer_service_is_understood()
    {
        using JsonDocument document = JsonDocument.Parse(
            """{"job_id":"i","origin":"api","status":"queued","spec":{"source":{"path":"a","new":1},"newer":true},"newest":{}}""");
        Assert.Equal("a", JobRecordJson.ReadJob(document.RootElement).Spec.Source.Path);
    }

    private static JobSpec Read(string json)
    {
        IReadOnlyList<string> problems = JobJson.TryRead(json, out JobSpec? spec);
        Assert.Empty(problems);
        return spec!;
    }
}
