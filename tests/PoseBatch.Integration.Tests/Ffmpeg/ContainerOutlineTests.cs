using PoseBatch.Ffmpeg.Probing;

namespace PoseBatch.Ffmpeg;

/// <summary>What a file says of its own length, for files of an independent writer (ffmpeg) and for cut ones.</summary>
public sealed class ContainerOutlineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.mp4", true, "-c:v", "mpeg4")]
    [InlineData("front.mp4", true, "-c:v", "mpeg4", "-movflags", "+faststart")]
    [InlineData("indexed.mp4", true, "-c:v", "mpeg4", "-movflags", "+frag_keyframe+empty_moov")]   // ends with an index of its fragments
    [InlineData("live.mp4", false, "-c:v", "mpeg4", "-movflags", "+frag_keyframe+empty_moov+skip_trailer")]
    [InlineData("a.mov", true, "-c:v", "mjpeg")]
    [InlineData("a.mkv", true, "-c:v", "mpeg4")]
    [InlineData("live.mkv", false, "-c:v", "mpeg4", "-live", "1")]
    [InlineData("a.webm", true, "-c:v", "libvpx")]
    [InlineData("a.avi", true, "-c:v", "mpeg4")]
    [InlineData("a.flv", true, "-c:v", "flv1")]
    [InlineData("a.asf", true, "-c:v", "wmv2")]
    [InlineData("a.gif", false)]
    [InlineData("a.ts", false, "-c:v", "mpeg2video")]
    [InlineData("a.m4v", false, "-c:v", "mpeg4", "-f", "m4v")]   // a bare stream
    public void A_whole_file_says_its_length_or_nothing_and_a_cut_one_never_says_that_it_is_whole(string name, bool saysIt, params string[] how)
    {
        string path = _folder[name];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=3", .. how, path]);
        byte[] bytes = File.ReadAllBytes(path);

        Assert.Equal(saysIt ? bytes.Length : null, ContainerOutline.Of(path).StatedBytes);

        string cut = _folder["cut"];
        Random random = new(5);
        for (int trial = 0; trial < 200; trial++)
        {
            int length = random.Next(bytes.Length);
            File.WriteAllBytes(cut, bytes[..length]);
            long? said = ContainerOutline.Of(cut).StatedBytes;
            Assert.True(said is null || said > length, $"{name}, cut to {length} of {bytes.Length} bytes, says {said}.");
        }
    }

    [Fact]
    public void A_long_box_and_a_long_Matroska_segment_are_counted_with_all_their_bytes()
    {
        // 16 bytes of ftyp, then an mdat whose length of 5,000,000,000 stands in 64 bits.
        Assert.Equal(16 + 5_000_000_000, Of("00000010 66747970 69736F6D 00000000 00000001 6D646174 000000012A05F200"));

        // An EBML head of 3 bytes, then a Segment whose 8 byte size is 5,000,000,000.
        Assert.Equal(4 + 1 + 3 + 4 + 8 + 5_000_000_000, Of("1A45DFA3 83 428681 18538067 010000012A05F200"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00000010 66747970 69736F6D 00000000 00000000 6D646174 00")]   // a box that goes on to the end
    [InlineData("00000010 66747970 69736F6D 00000000 00000003 6D646174 00")]   // no box is that short
    [InlineData("00000010 66747970 69736F6D 00000000 00000001 6D646174 FFFFFFFFFFFFFFFF")]
    [InlineData("00000010 66747970 69736F6D 00000000 00000010 00010203 00")]   // something appended
    [InlineData("1A45DFA3 83 428681 18538067 01FFFFFFFFFFFFFF")]   // not known yet
    [InlineData("1A45DFA3 83 428681 18538067 FF")]
    [InlineData("1A45DFA3 00 428681 18538067 FF")]
    [InlineData("1A45DFA3 01FFFFFFFFFFFFFE 18538067 8F")]
    [InlineData("52494646 00000000 41564920 4C495354")]   // filled in later
    [InlineData("52494646 FFFFFFFF 41564920 4C495354")]
    public void What_says_nothing_of_its_end_is_left_open(string bytes) => Assert.Null(Of(bytes));

    [Fact]
    public void Nothing_but_a_regular_file_is_read()
    {
        Clips.Run("mkfifo", _folder["pipe.mp4"]);

        Assert.Null(ContainerOutline.Of(_folder["pipe.mp4"]).StatedBytes);
        Assert.Null(ContainerOutline.Of(_folder[""]).StatedBytes);
        Assert.Null(ContainerOutline.Of(_folder["nothing.mp4"]).StatedBytes);
    }

    [Theory]
    [InlineData("a.mp4", "-c:v", "mpeg4")]
    [InlineData("a.mov", "-c:v", "mjpeg")]
    [InlineData("fragments.mp4", "-c:v", "mpeg4", "-movflags", "+frag_keyframe+empty_moov")]
    [InlineData("a.flv", "-c:v", "flv1")]
    [InlineData("a.asf", "-c:v", "wmv2")]
    public void Two_files_joined_byte_by_byte_are_two_recordings(string name, params string[] how)
    {
        string path = _folder[name];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", .. how, path]);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(1, ContainerOutline.Of(path).Recordings);

        File.WriteAllBytes(path, [.. bytes, .. bytes]);

        Assert.Equal(2, ContainerOutline.Of(path).Recordings);
    }

    [Theory]
    [InlineData("cenc-aes-ctr", "cenc")]
    public void Encrypted_pictures_are_known_by_their_scheme(string scheme, string name)
    {
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-c:v", "libx264", _folder["plain.mp4"]);
        Clips.Make(
            "-i", _folder["plain.mp4"], "-c", "copy", "-encryption_scheme", scheme, "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb",
            "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8", _folder["secret.mp4"]);

        Assert.Null(ContainerOutline.Of(_folder["plain.mp4"]).Encryption);
        Assert.Equal(name, ContainerOutline.Of(_folder["secret.mp4"]).Encryption);
    }

    [Theory]
    [InlineData("00000010 66747970 61766966 00000000 0000000C 6D657461 00000000 0000000C 6D646174 00000000", "avif")]   // ftyp avif, meta, mdat
    [InlineData("00000010 66747970 6D696631 00000000 0000000C 6D657461 00000000 0000000C 6D646174 00000000", "mif1")]
    [InlineData("00000010 66747970 61626364 00000000 0000000C 6D657461 00000000 0000000C 6D646174 00000000", "abcd")]   // an unknown brand, but items and no movie
    [InlineData("00000010 66747970 68656963 00000000 0000000C 6D657461 00000000 FFFFFFFF FFFFFFFF", "heic")]             // something appended
    public void A_file_of_boxes_without_a_movie_but_with_items_is_a_picture(string bytes, string brand)
    {
        Of(bytes);

        Assert.Equal((true, brand), (ContainerOutline.Of(_folder["x"]).IsStillPicture, ContainerOutline.Of(_folder["x"]).Brand));
    }

    [Theory]
    [InlineData("00000010 66747970 69736F6D 00000000 0000000C 6D646174 00000000")]                       // a recording whose movie box is not there yet
    [InlineData("00000010 66747970 68656963 00000000 0000000C 6D657461 00000000 000000FF 6D646174 00")]  // a picture that is still being copied
    [InlineData("00000010 66747970 68656963 00000000 0000000C 6D657461 00000000 00000008 6D6F6F76")]     // a sequence: it has a movie
    public void What_may_become_or_is_a_movie_is_no_picture(string bytes)
    {
        Of(bytes);

        Assert.False(ContainerOutline.Of(_folder["x"]).IsStillPicture);
    }

    private long? Of(string hex)
    {
        File.WriteAllBytes(_folder["x"], Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal)));
        return ContainerOutline.Of(_folder["x"]).StatedBytes;
    }
}
