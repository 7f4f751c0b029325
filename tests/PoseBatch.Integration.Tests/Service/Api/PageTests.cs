using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Api;

/// <summary>The live page in a browser, as a user has it.</summary>
public class PageTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_appear_move_and_end_without_a_reload()
    {
        await using Browser browser = await Browser.StartAsync(1100, 800);
        await using TestService service = await TestService.StartAsync(onNetwork: true, refit: parts => parts with { Intake = new OneSettling() });
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        await browser.UntilAsync("document.body.innerText.includes('unchanged for 3 of 10 s')");

        service.AddVideo("morning walk.mp4");
        string id = (await service.SubmitAsync(new { source = new { path = "morning walk.mp4" }, group = "study-7" })).GetProperty("job_id").GetString()!;
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'queued'");
        Assert.Contains("morning walk.mp4", Text(await browser.EvaluateAsync("document.body.innerText")), StringComparison.Ordinal);

        JobLease lease = await service.ClaimAsync();
        await service.Store.AdvanceAsync(lease, JobStatus.Running, null, Stop);
        JobProgress progress = new() { Frames = 1500, Seconds = 60, DurationSeconds = 240, FramesPerSecond = 100, Persons = 1400, LimitedBy = "decode", Runs = "posebatch-small on cpu" };
        await service.Store.HeartbeatAsync(lease, progress, Stop);

        // A quarter is done; 180 s of video are left, and 100 of its 25 frames a second take a quarter of that: 45 s.
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"] progress')?.value === 0.25");
        string text = Text(await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"]').innerText"));
        Assert.Contains("1:00 of 4:00", text, StringComparison.Ordinal);
        Assert.Contains("0:45 left", text, StringComparison.Ordinal);
        Assert.Contains("decoding sets the pace", text, StringComparison.Ordinal);
        await browser.PictureAsync("list");

        await service.Store.FailAsync(lease, ReasonCode.NotVideo, "It is a text file.", "Put a video there.", null, Stop);
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'dead'");
        text = Text(await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"]').innerText"));
        Assert.Contains("not_video: It is a text file. Put a video there.", text, StringComparison.Ordinal);

        await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"] [data-act=retry]').click()");
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'queued'");
        await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"] [data-act=cancel]').click()");
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'cancelled'");

        await browser.EvaluateAsync("const s = document.querySelector('input[type=search]'); s.value = 'study-9'; s.dispatchEvent(new Event('input'))");
        await browser.UntilAsync($"!document.querySelector('[data-id=\"{id}\"]')");
        await browser.EvaluateAsync("s.value = 'study-7'; s.dispatchEvent(new Event('input'))");
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')");
        await browser.EvaluateAsync("document.querySelector('[data-tab=done]').click()");
        await browser.UntilAsync($"!document.querySelector('[data-id=\"{id}\"]')");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_finished_job_opens_with_its_skeletons_and_is_scrubbed_by_keys()
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        (string id, _, _) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"] a')");
        await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"] a').click()");
        await browser.UntilAsync("document.querySelector('.stage canvas')?.dataset.picture === 'shown'");
        await browser.UntilAsync("document.querySelector('[data-plot=x]')?.getAttribute('aria-label')?.includes('over time')");

        await browser.KeyAsync("ArrowRight", 39);
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '1'");
        await browser.KeyAsync("ArrowRight", 39, modifiers: 8);   // with Shift: ten
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '11'");
        await browser.KeyAsync("ArrowLeft", 37);
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '10'");
        await browser.KeyAsync("End", 35);
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '418'");
        await browser.EvaluateAsync("const r = document.querySelector('input[type=range]'); r.value = 200; r.dispatchEvent(new Event('input'))");
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '200' && document.querySelector('.stage canvas').dataset.picture === 'shown'");

        // What is drawn beside the picture is the poses of the tables.
        JsonElement poses = JsonElement.Parse(await service.Client.GetStringAsync($"/api/jobs/{id}/poses?from=200&to=200", Stop));
        Assert.Equal($"{poses.GetProperty("people").GetArrayLength()}", Text(await browser.EvaluateAsync("document.querySelector('.stage canvas').dataset.people")));
        Assert.True(poses.GetProperty("people").GetArrayLength() > 0);
        double withSkeleton = await SumAsync(browser);
        await browser.EvaluateAsync("const c = [...document.querySelectorAll('.viewer select')].find(s => s.parentElement.tagName === 'LABEL' && s.parentElement.textContent.includes('confidence')); c.value = '0.7'; c.dispatchEvent(new Event('change'))");
        Assert.NotEqual(withSkeleton, await SumAsync(browser));
        await browser.EvaluateAsync("c.value = '0.2'; c.dispatchEvent(new Event('change'))");
        await browser.PictureAsync("viewer");

        await browser.KeyAsync("Home", 36);
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '0'");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync("Number(document.querySelector('.stage canvas').dataset.frame) > 20");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync("document.querySelector('.controls .primary').textContent.includes('Play')");

        // Whoever has just pressed the button goes on with the arrows.
        await browser.EvaluateAsync("document.querySelector('.controls .primary').focus()");
        await browser.KeyAsync("Home", 36);
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '0'");
        await browser.KeyAsync("ArrowRight", 39);
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '1'");

        await browser.DarkAsync(true);
        await browser.PictureAsync("viewer-dark");
        await browser.ResizeAsync(360, 740);
        await browser.UntilAsync("window.innerWidth === 360");
        Assert.Equal(0, (await browser.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32());
        await browser.PictureAsync("viewer-phone");
        await browser.EvaluateAsync("location.hash = '#/'");
        await browser.UntilAsync("document.querySelector('.tabs')");
        Assert.Equal(0, (await browser.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32());
        await browser.PictureAsync("list-phone");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_video_dropped_on_the_page_lies_in_the_watched_folder()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        await browser.DropAsync(PoseBatchProgram.DemoClip);
        await browser.UntilAsync("document.getElementById('toasts').innerText.includes('demo.mp4 is in the watched folder')");

        Assert.Equal(await File.ReadAllBytesAsync(PoseBatchProgram.DemoClip, Stop), await File.ReadAllBytesAsync(Path.Combine(service.Inbox, "demo.mp4"), Stop));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task Of_a_dropped_folder_the_videos_are_taken_and_the_rest_is_counted()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        string within = Directory.CreateDirectory(Path.Combine(service.Videos, "holiday", "day 2")).FullName;
        File.Copy(PoseBatchProgram.DemoClip, Path.Combine(within, "beach.mp4"));
        await File.WriteAllTextAsync(Path.Combine(service.Videos, "holiday", "notes.txt"), "sunny", Stop);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        await browser.DropAsync(Path.Combine(service.Videos, "holiday"));
        await browser.UntilAsync("document.getElementById('toasts').innerText.includes('beach.mp4 is in the watched folder')");
        await browser.UntilAsync("document.getElementById('toasts').innerText.includes('one file')");

        Assert.Equal(["beach.mp4"], Directory.EnumerateFileSystemEntries(service.Inbox).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_service_that_went_away_is_said_with_the_age_of_what_is_shown()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        Assert.True((await browser.EvaluateAsync("document.getElementById('outage').hidden")).GetBoolean());
        await service.StopAsync();
        await browser.UntilAsync("!document.getElementById('outage').hidden");

        Assert.Contains("does not answer. What is shown is from", Text(await browser.EvaluateAsync("document.getElementById('outage').textContent")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_viewer_asks_again_for_what_failed()
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        (string id, _, _) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        await browser.OpenAsync($"{service.Client.BaseAddress}#/job/{id}");
        await browser.UntilAsync("document.querySelector('.stage canvas')?.dataset.picture === 'shown'");
        await browser.EvaluateAsync("window.broken = true; window.before = window.fetch; window.fetch = (path, ...rest) => window.broken ? Promise.reject(new TypeError('off')) : window.before(path, ...rest)");
        await browser.EvaluateAsync("const s = document.querySelector('.viewer input[type=range]'); s.value = '200'; s.dispatchEvent(new Event('input'))");
        await browser.UntilAsync("document.querySelector('.hint').innerText.includes('Trying again')");
        await browser.EvaluateAsync("window.broken = false");

        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '200' && document.querySelector('.stage canvas').dataset.picture === 'shown'");
    }

    [Fact]
    public async Task A_page_that_nobody_sees_holds_no_stream_and_catches_up()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        service.AddVideo("a.mp4");
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        await browser.EvaluateAsync("const close = EventSource.prototype.close; EventSource.prototype.close = function () { window.closed_ = this; close.call(this); }");
        await ShowAsync(false);
        Assert.True((await browser.EvaluateAsync("window.closed_?.readyState === EventSource.CLOSED")).GetBoolean());
        string id = (await service.SubmitAsync(new { source = new { path = "a.mp4" } })).GetProperty("job_id").GetString()!;
        await service.Client.PostAsync($"/api/jobs/{id}/cancel", null, Stop);
        await ShowAsync(true);

        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'cancelled'");
        Assert.Empty(browser.Errors);

        Task ShowAsync(bool isSeen) => browser.EvaluateAsync(
            $"Object.defineProperty(document, 'hidden', {{ value: {(isSeen ? "false" : "true")}, configurable: true }}); document.dispatchEvent(new Event('visibilitychange'))");
    }

    [Fact]
    public async Task A_done_job_shows_its_warnings_on_its_card_and_one_without_shows_none()
    {
        const string Warning = "The file ends before its container says: 40 frames are there of 419 announced.";
        await using Browser browser = await Browser.StartAsync(1100, 800);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        Dictionary<string, string> ids = [];
        foreach (string name in new[] { "cut.mp4", "whole.mp4" })
        {
            service.AddVideo(name);
            ids[name] = (await service.SubmitAsync(new { source = new { path = name } })).GetProperty("job_id").GetString()!;
            JobLease lease = await service.ClaimAsync();
            await service.Store.AdvanceAsync(lease, JobStatus.Running, null, Stop);
            await service.Store.CompleteAsync(lease, "/results/x", isDuplicate: false, duplicateOf: null, name == "cut.mp4" ? Warning : null, Stop);
        }

        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        foreach (string id in ids.Values)
        {
            await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'completed'");
        }

        string cut = Text(await browser.EvaluateAsync($"document.querySelector('[data-id=\"{ids["cut.mp4"]}\"]').innerText"));
        string whole = Text(await browser.EvaluateAsync($"document.querySelector('[data-id=\"{ids["whole.mp4"]}\"]').innerText"));
        Assert.Contains("Warning: " + Warning, cut, StringComparison.Ordinal);
        Assert.DoesNotContain("arning", whole, StringComparison.Ordinal);
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task The_search_finds_jobs_that_were_never_loaded()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        service.AddVideo("a.mp4");
        string oldest = (await service.SubmitAsync(new { source = new { path = "a.mp4" }, source_id = "needle.mp4" })).GetProperty("job_id").GetString()!;
        for (int i = 0; i < 100; i++)
        {
            // One page of the list is a hundred jobs.
            await service.SubmitAsync(new { source = new { path = "a.mp4" }, source_id = $"hay {i}.mp4", frames = new { stride = i + 2 } });
        }

        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.querySelector('.rest:not([hidden])')?.textContent === 'Show all 101 waiting'");
        await browser.EvaluateAsync("const s = document.querySelector('input[type=search]'); s.value = 'needle'; s.dispatchEvent(new Event('input'))");

        await browser.UntilAsync($"document.querySelector('[data-id=\"{oldest}\"]')");
    }

    [Fact]
    public async Task Thousands_that_wait_do_not_hide_what_has_ended()
    {
        await using Browser browser = await Browser.StartAsync(900, 1400);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        service.AddVideo("a.mp4");

        // The oldest of all is the one that has ended: the first page of a hundred does not hold it.
        string ended = (await service.SubmitAsync(new { source = new { path = "a.mp4" }, source_id = "ended.mp4", frames = new { stride = 1000 } })).GetProperty("job_id").GetString()!;
        await service.Client.PostAsync($"/api/jobs/{ended}/cancel", null, Stop);
        for (int i = 0; i < 100; i++)
        {
            await service.SubmitAsync(new { source = new { path = "a.mp4" }, frames = new { stride = i + 1 } });
        }

        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync($"document.querySelector('[data-id=\"{ended}\"]')");
        await browser.UntilAsync("document.querySelector('.rest:not([hidden])')");

        Assert.Equal(10, (await browser.EvaluateAsync("document.querySelectorAll('[data-status=queued]').length")).GetInt32());
        Assert.True((await browser.EvaluateAsync($"document.querySelector('[data-id=\"{ended}\"]').getBoundingClientRect().bottom < innerHeight")).GetBoolean());
        await browser.PictureAsync("list-many");
        await browser.EvaluateAsync("const rest = document.querySelector('.rest:not([hidden])'); rest.focus(); rest.click()");
        await browser.UntilAsync("document.querySelectorAll('[data-status=queued]').length === 100");
        Assert.Equal("waiting", Text(await browser.EvaluateAsync("document.activeElement.dataset.tab")));
    }

    [Fact]
    public async Task Whoever_works_with_keys_never_loses_their_place()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        service.AddVideo("a.mp4");
        string[] ids = new string[30];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = (await service.SubmitAsync(new { source = new { path = "a.mp4" }, frames = new { stride = i + 1 } })).GetProperty("job_id").GetString()!;
        }

        string id = ids[^1];
        await browser.OpenAsync($"{service.Client.BaseAddress}#/");
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')");

        // The card goes to another group, and the button becomes another one.
        await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"] [data-act=cancel]').focus()");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync($"document.querySelector('[data-id=\"{id}\"]')?.dataset.status === 'cancelled'");
        await browser.UntilAsync($"document.activeElement.dataset.act === 'retry' && document.activeElement.closest('.job').dataset.id === '{id}'");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync($"document.activeElement.dataset.act === 'cancel' && document.activeElement.closest('.job').dataset.id === '{id}'");

        // Where only what waits is shown it goes away: the next one has the focus.
        await browser.EvaluateAsync("document.querySelector('[data-tab=waiting]').click()");
        await browser.UntilAsync("document.querySelectorAll('.job').length === 30");
        await browser.EvaluateAsync($"document.querySelector('[data-id=\"{id}\"] [data-act=cancel]').focus()");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync($"!document.querySelector('[data-id=\"{id}\"]')");
        await browser.UntilAsync($"document.activeElement.closest('.job')?.dataset.id === '{ids[^2]}'");

        // A job, its own buttons, and the way back to where it stands in the list.
        await browser.EvaluateAsync($"const link = document.querySelector('[data-id=\"{ids[2]}\"] a'); link.focus(); link.click()");
        await browser.UntilAsync("document.querySelector('article [data-act=cancel]')");
        await browser.EvaluateAsync("document.querySelector('details').open = true");
        await browser.UntilAsync("document.querySelector('tbody').innerText.includes('submitted')");
        await browser.EvaluateAsync("document.querySelector('.skip').focus(); document.querySelector('.skip').click()");
        Assert.Equal("main", Text(await browser.EvaluateAsync("document.activeElement.id")));
        Assert.True((await browser.EvaluateAsync("Boolean(document.querySelector('article'))")).GetBoolean());
        await browser.EvaluateAsync("document.querySelector('article [data-act=cancel]').focus()");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync("document.activeElement.dataset.act === 'retry'");
        await browser.UntilAsync("document.querySelector('tbody').innerText.includes('cancelled')");
        await browser.KeyAsync(" ", 32);
        await browser.UntilAsync("document.activeElement.dataset.act === 'cancel'");
        await browser.EvaluateAsync("history.back()");
        await browser.UntilAsync($"document.activeElement.tagName === 'A' && document.activeElement.closest('.job')?.dataset.id === '{ids[2]}'");
        Assert.True((await browser.EvaluateAsync("(() => { const box = document.activeElement.getBoundingClientRect(); return box.top > 0 && box.bottom <= innerHeight; })()")).GetBoolean());
        Assert.Empty(browser.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Texts_can_be_read_in_either_scheme_and_fit_the_narrowest_screen(bool isDark)
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true, refit: parts => parts with { Intake = new OneSettling() });
        (string id, _, _) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        service.AddVideo("a.mp4");
        await service.SubmitAsync(new { source = new { path = "a.mp4" } });
        await browser.DarkAsync(isDark);
        foreach (string view in new[] { "#/", $"#/job/{id}" })
        {
            await browser.OpenAsync($"{service.Client.BaseAddress}{view}");
            await browser.UntilAsync(view == "#/" ? "document.querySelectorAll('.job').length === 3" : "document.querySelector('.stage canvas')?.dataset.picture === 'shown'");
            JsonElement weak = await browser.EvaluateAsync(Contrasts);
            Assert.True(weak.GetArrayLength() == 0, $"Below 4.5 : 1 (WCAG 2.2, 1.4.3): {weak.GetRawText()}");
            foreach (int width in new[] { 200, 275, 320 })
            {
                await browser.ResizeAsync(width, 640);
                await browser.UntilAsync($"window.innerWidth === {width}");
                Assert.Equal(0, (await browser.EvaluateAsync("document.documentElement.scrollWidth - window.innerWidth")).GetInt32());
            }

            await browser.PictureAsync($"narrow-{(view == "#/" ? "list" : "job")}-{(isDark ? "dark" : "light")}");
            await browser.ResizeAsync(1100, 900);
        }

        // A clock that runs is not to be read out at every frame.
        Assert.Equal("off", Text(await browser.EvaluateAsync("document.querySelector('.clock').getAttribute('aria-live')")));
    }

    [Fact]
    public void Tracks_have_the_colours_of_rendered_videos()
    {
        string list = Regex.Match(Encoding.UTF8.GetString(PoseBatch.Worker.Service.Api.StaticPage.Read("viewer.js")), @"export const palette = \[(.*?)\]").Groups[1].Value;

        Assert.Equal(Enumerable.Range(0, TrackColours.Count).Select(TrackColours.Of), Regex.Matches(list, "\"(.*?)\"").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public async Task A_click_on_a_joint_shows_it_and_playing_does_not_wait_for_hours()
    {
        await using Browser browser = await Browser.StartAsync(1100, 900);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        (string id, _, _) = await FinishedJob.CompleteAsync(service, "walk.mp4");
        await browser.OpenAsync($"{service.Client.BaseAddress}#/job/{id}");
        await browser.UntilAsync("document.querySelector('.stage canvas')?.dataset.picture === 'shown'");
        await browser.EvaluateAsync("const r = document.querySelector('.viewer input[type=range]'); r.value = 200; r.dispatchEvent(new Event('input'))");
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '200'");
        JsonElement person = JsonElement.Parse(await service.Client.GetStringAsync($"/api/jobs/{id}/poses?from=200&to=200", Stop)).GetProperty("people")[0];
        double[] values = [.. person[3].EnumerateArray().Select(value => value.GetDouble())];
        int joint = Enumerable.Range(0, values.Length / 3).MaxBy(one => values[(one * 3) + 2]);
        await browser.EvaluateAsync($$"""
            (() => {
              const canvas = document.querySelector('.stage canvas'), box = canvas.getBoundingClientRect();
              return fetch('api/jobs/{{id}}/result').then((answer) => answer.json()).then(({ manifest }) => {
                const [w, h] = [manifest.coordinate.width, manifest.coordinate.height];
                const scale = Math.min(box.width / w, box.height / h);
                const x = box.left + (box.width - w * scale) / 2 + ({{values[joint * 3]}} + 0.5) * scale;
                const y = box.top + (box.height - h * scale) / 2 + ({{values[(joint * 3) + 1]}} + 0.5) * scale;
                canvas.dispatchEvent(new MouseEvent('click', { clientX: x, clientY: y }));
              });
            })()
            """);
        await browser.UntilAsync($"document.querySelector('[aria-label=Joint]').selectedIndex === {joint}");
        Assert.Equal($"track={person[2].GetInt32()}", Text(await browser.EvaluateAsync("document.querySelector('[aria-label=Person]').value")));

        // A recording that stood still for a day.
        await browser.EvaluateAsync("""
            window.before = window.fetch;
            window.fetch = async (path, ...rest) => {
              const answer = await window.before(path, ...rest);
              if (!String(path).includes('/poses?')) return answer;
              const poses = await answer.json();
              poses.frames.forEach((frame, index) => { if (poses.from + index > 300) frame[0] += 86400; });
              return new Response(JSON.stringify(poses));
            };
            """);
        await browser.EvaluateAsync("r.value = 297; r.dispatchEvent(new Event('input'))");
        await browser.UntilAsync("document.querySelector('.stage canvas').dataset.frame === '297'");
        await browser.EvaluateAsync("document.querySelector('.controls .primary').click()");
        await browser.UntilAsync("Number(document.querySelector('.stage canvas').dataset.frame) > 302");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task What_waits_beside_a_free_place_says_why()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(settings => settings with { Jobs = settings.Jobs with { Parallel = 2 } }, onNetwork: true);
        foreach (string name in new[] { "long.mp4", "unknown.ts" })
        {
            service.AddVideo(name);
            await service.SubmitAsync(new { source = new { path = name } });
        }

        await service.Store.AdvanceAsync(await service.ClaimAsync(), JobStatus.Running, null, Stop);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.querySelector('#group-waiting + .notice:not([hidden])')?.textContent.includes('kept for videos of up to 60 s')");
        await browser.EvaluateAsync("document.querySelector('[data-status=queued] a').click()");
        await browser.UntilAsync("document.querySelector('article .notice:not([hidden])')?.textContent.includes('kept for videos of up to 60 s')");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task An_upload_that_broke_is_tried_again_without_another_drop()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        await browser.EvaluateAsync("const open = XMLHttpRequest.prototype.open; XMLHttpRequest.prototype.open = function () { XMLHttpRequest.prototype.open = open; open.call(this, 'PUT', 'http://127.0.0.1:1/'); }");
        await browser.DropAsync(PoseBatchProgram.DemoClip);
        await browser.UntilAsync("document.querySelector('.upload')?.innerText.includes('nothing was kept')");
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
        await browser.EvaluateAsync("[...document.querySelectorAll('.upload button')].find(button => button.textContent === 'Try again').click()");
        await browser.UntilAsync("document.getElementById('toasts').innerText.includes('demo.mp4 is in the watched folder')");

        Assert.Equal(["demo.mp4"], Directory.EnumerateFileSystemEntries(service.Inbox).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_name_from_a_Mac_is_found_and_no_group_turns_its_line_around()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        service.AddVideo("a.mp4");
        await service.SubmitAsync(new { source = new { path = "a.mp4" }, source_id = "cafe\u0301.mp4", group = "\u202Eevil", requires = new { gpu = true } });
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.querySelectorAll('.job').length === 1");
        await browser.EvaluateAsync("const s = document.querySelector('input[type=search]'); s.value = 'tea'; s.dispatchEvent(new Event('input'))");
        await browser.UntilAsync("document.querySelectorAll('.job').length === 0");
        await browser.EvaluateAsync("s.value = 'CAF\u00C9'; s.dispatchEvent(new Event('input'))");
        await browser.UntilAsync("document.querySelectorAll('.job').length === 1");

        Assert.Contains("Only a worker with a GPU may take it.", Text(await browser.EvaluateAsync("document.querySelector('.job').innerText")), StringComparison.Ordinal);
        Assert.EndsWith("group \uFFFDevil", Text(await browser.EvaluateAsync("document.querySelector('.job .soft').textContent")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_turns_itself_around_does_not_pass_for_another()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        service.AddVideo("a.mp4");
        await service.SubmitAsync(new { source = new { path = "a.mp4" }, source_id = "\u202Efdp.mp4" });
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.querySelector('.job a')");

        Assert.Equal("\uFFFDfdp.mp4", Text(await browser.EvaluateAsync("document.querySelector('.job a').textContent")));
    }

    [Fact]
    public void The_page_names_its_files_relative_to_itself() =>
        Assert.DoesNotContain("=\"/", System.Text.Encoding.UTF8.GetString(PoseBatch.Worker.Service.Api.StaticPage.Read("index.html")), StringComparison.Ordinal);

    [Fact]
    public async Task The_page_asks_for_the_key_once()
    {
        await using Browser browser = await Browser.StartAsync(900, 700);
        await using TestService service = await TestService.StartAsync(
            settings => settings with { Service = new ServiceSettings { Url = "http://*:1", ApiKey = "open sesame" } }, onNetwork: true);
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('login').open");
        await browser.PictureAsync("login");
        await browser.EvaluateAsync("document.getElementById('key').value = 'open barley'; document.querySelector('#login-form button').click()");
        await browser.UntilAsync("document.getElementById('login-error').textContent !== ''");
        await browser.EvaluateAsync("document.getElementById('key').value = 'open sesame'; document.querySelector('#login-form button').click()");
        await browser.UntilAsync("!document.getElementById('login').open && document.getElementById('link').dataset.state === 'live'");
        await browser.OpenAsync(service.Client.BaseAddress!.ToString());
        await browser.UntilAsync("document.getElementById('link')?.dataset.state === 'live'");
        Assert.False((await browser.EvaluateAsync("document.getElementById('login').open")).GetBoolean());
    }

    /// <summary>Texts whose contrast is too small, by the formula of WCAG 2.2 ("contrast ratio", "relative luminance"), placeholders too.</summary>
    internal const string Contrasts = """
        (() => {
          const parse = (text) => { const p = text.match(/[\d.]+/g).map(Number); return text.startsWith('color(') ? [p[0] * 255, p[1] * 255, p[2] * 255, p[3] ?? 1] : [p[0], p[1], p[2], p[3] ?? 1]; };
          const over = (front, back) => [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3]));
          const luminance = (c) => { const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const weak = [];
          const check = (element, style, text) => {
            let ground = [255, 255, 255], solid = 1;
            for (const one of [...(function* () { for (let e = element; e; e = e.parentElement) yield e; })()].reverse()) {
              ground = over(parse(getComputedStyle(one).backgroundColor), ground);
              solid *= Number(getComputedStyle(one).opacity);
            }
            const ink = parse(style.color);
            ink[3] *= solid * Number(style.opacity === getComputedStyle(element).opacity ? 1 : style.opacity);
            const [a, b] = [luminance(over(ink, ground)), luminance(ground)];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (!(ratio >= 4.5)) weak.push(`${text}: ${ratio.toFixed(2)}`);
          };
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          let seen = 0;
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (texts.currentNode.textContent.trim() === '' || element.getClientRects().length === 0 || element.closest('.stage')) continue;
            seen++;
            check(element, getComputedStyle(element), texts.currentNode.textContent.trim());
          }
          for (const input of document.querySelectorAll('[placeholder]')) check(input, getComputedStyle(input, '::placeholder'), 'placeholder');
          return seen > 10 ? weak : ['too few texts were looked at'];
        })()
        """;

    private static string Text(JsonElement element) => element.GetString()!.Replace('\u202f', ' ');

    private static async Task<double> SumAsync(Browser browser) => (await browser.EvaluateAsync(
        "(() => { const c = document.querySelector('.stage canvas'); let sum = 0; for (const v of c.getContext('2d').getImageData(0, 0, c.width, c.height).data) sum += v; return sum; })()")).GetDouble();

    private sealed class OneSettling : IIntakeView
    {
        public IReadOnlyList<StabilisingFile> Settling => [new("/inbox/evening walk.mp4", 123_456_789, DateTimeOffset.UnixEpoch, "unchanged for 3 of 10 s")];

        public string? Trouble => null;

        public string? LeftOut => null;
    }
}
