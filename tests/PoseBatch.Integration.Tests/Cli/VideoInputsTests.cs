using PoseBatch.Worker.Cli.Commands;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Cli;

public sealed class VideoInputsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("VID_20260101_00_001.insv")]   // Insta360
    [InlineData("GS010001.360")]               // GoPro MAX
    [InlineData("MOV001.MOD")]                 // JVC, Panasonic, Canon with hard disks
    [InlineData("MOV001.TOD")]
    [InlineData("ch01_20260101.dav")]          // Dahua recorders
    [InlineData("film.divx")]
    [InlineData("film.xvid")]
    [InlineData("old.qt")]
    [InlineData("elementary.m2v")]
    [InlineData("00001.MTS")]                  // AVCHD
    [InlineData("00001.m2ts")]
    [InlineData("VTS_01_1.VOB")]
    [InlineData("AVSEQ01.DAT")]                // video CDs
    [InlineData("phone.3gp")]
    [InlineData("web.ogv")]
    [InlineData("tape.dv")]
    [InlineData("broadcast.mxf")]
    [InlineData("x.264")]
    [InlineData("recorded.trp")]
    [InlineData("tivo.ts")]
    [InlineData("camera.ssif")]
    [InlineData("no extension")]
    public void What_cameras_and_recorders_write_is_taken_from_a_folder_as_from_the_inbox(string name)
    {
        Touch(name);

        Assert.True(InboxNames.MayBeVideo(name));
        Assert.Equal([_folder[name]], VideoInputs.Expand([_folder.Path], recursive: false).Files);
    }

    [Theory]
    [InlineData("GX010001.THM")]
    [InlineData("GX010001.LRV")]
    [InlineData("DJI_0001.LRF")]
    [InlineData("DJI_0001.SRT")]
    [InlineData("00001.CPI")]
    [InlineData("IMG_0001.insp")]
    [InlineData("IMG_0001.HEIC")]
    [InlineData("README")]
    [InlineData("x.mp4.part")]
    [InlineData("copy.crdownload")]
    [InlineData(".hidden.mp4")]
    public void What_lies_beside_videos_is_left_out_by_name_and_named(string name)
    {
        Touch(name);
        Touch("clip.mp4");

        VideoInputs.Found found = VideoInputs.Expand([_folder.Path], recursive: false);

        Assert.False(InboxNames.MayBeVideo(name));
        Assert.Equal([_folder["clip.mp4"]], found.Files);
        Assert.Equal([$"{_folder.Path}: 1 other file left out, by its name no video: {name}."], found.Notes);
    }

    [Fact]
    public void Of_many_that_are_left_out_the_first_few_are_named_and_the_rest_is_counted()
    {
        Touch("clip.mp4");
        foreach (int number in Enumerable.Range(0, 12))
        {
            Touch(FormattableString.Invariant($"note{number:00}.txt"));
        }

        Touch(".DS_Store");
        VideoInputs.Found found = VideoInputs.Expand([_folder.Path], recursive: false);

        Assert.Equal(
            [$"{_folder.Path}: 13 other files left out, by their names no videos: note00.txt, note01.txt, note02.txt, note03.txt, note04.txt and 8 more."],
            found.Notes);
    }

    [Fact]
    public void Links_to_folders_are_not_followed_and_are_named()
    {
        Touch("clip.mp4");
        Touch("sub/other.mp4");
        File.CreateSymbolicLink(_folder["sub/loop"], "..");

        VideoInputs.Found found = VideoInputs.Expand([_folder.Path], recursive: true);

        Assert.Equal([_folder["clip.mp4"], _folder["sub/other.mp4"]], found.Files);
        Assert.Equal([$"{_folder.Path}: 1 link to a folder not followed: sub/loop."], found.Notes);
        Assert.Equal(found.Files, VideoInputs.Expand([Path.Combine(_folder.Path, "**", "*.mp4")], recursive: false).Files);
    }

    [Fact]
    public void A_link_to_a_folder_that_is_named_is_followed()
    {
        Touch("real/clip.mp4");
        File.CreateSymbolicLink(_folder["link"], "real");

        Assert.Equal([_folder["link/clip.mp4"]], VideoInputs.Expand([_folder["link"]], recursive: true).Files);
    }

    [Fact]
    public void A_file_is_taken_once_by_its_own_name_however_many_links_lead_to_it()
    {
        Touch("a/real.mp4");
        File.CreateSymbolicLink(_folder["0.mp4"], "a/real.mp4");
        File.CreateSymbolicLink(_folder["1.mp4"], "0.mp4");

        VideoInputs.Found found = VideoInputs.Expand([_folder.Path], recursive: true);

        Assert.Equal([_folder["a/real.mp4"]], found.Files);
        Assert.Equal([$"{_folder.Path}: 2 links to files that are taken already, left out: 0.mp4, 1.mp4."], found.Notes);
    }

    [Fact]
    public void Links_to_a_file_elsewhere_stand_for_it_once()
    {
        Touch("elsewhere/real.mp4");
        Directory.CreateDirectory(_folder["in"]);
        File.CreateSymbolicLink(_folder["in/a.mp4"], _folder["elsewhere/real.mp4"]);
        File.CreateSymbolicLink(_folder["in/b.mp4"], _folder["elsewhere/real.mp4"]);

        Assert.Equal([_folder["in/a.mp4"]], VideoInputs.Expand([_folder["in"]], recursive: false).Files);
    }

    [Fact]
    public void Two_names_of_one_file_that_are_both_typed_are_both_meant()
    {
        Touch("real.mp4");
        File.CreateSymbolicLink(_folder["link.mp4"], "real.mp4");

        Assert.Equal([_folder["real.mp4"], _folder["link.mp4"]], VideoInputs.Expand([_folder["real.mp4"], _folder["link.mp4"]], recursive: false).Files);
    }

    [Fact]
    public void What_a_file_server_keeps_for_itself_is_passed_over_as_in_the_inbox()
    {
        Touch("clip.mp4");
        Touch("#recycle/deleted.mp4");
        Touch("@eaDir/clip.mp4/SYNO.mp4");
        Touch(".trash/deleted.mp4");

        Assert.Equal([_folder["clip.mp4"]], VideoInputs.Expand([_folder.Path], recursive: true).Files);
    }

    private void Touch(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], []);
    }
}
