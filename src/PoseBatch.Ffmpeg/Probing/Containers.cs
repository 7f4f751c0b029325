using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>Which containers are opened, and what is known about their time stamps.</summary>
internal static class Containers
{
    /// <summary>
    /// Demuxers by ffmpeg's names. All of them read the one file they are given; what reads lists of other files or the
    /// network (hls, dash, concat, image2, sdp, imf ...) is left out on purpose.
    /// </summary>
    public const string Whitelist =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,mxf,gif,nut,wtv,gxf,rm,dv,ivf,yuv4mpegpipe,"
        + "h261,h263,h264,hevc,vvc,m4v,mpegvideo,mjpeg,obu,av1,vc1,cavsvideo,dirac,dnxhd,"
        + "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe";

    // Bare streams of pictures without a container around them: nothing in them says when a picture is shown.
    private static readonly HashSet<string> Unstamped = new(StringComparer.Ordinal)
    {
        "h261", "h263", "h264", "hevc", "vvc", "m4v", "mpegvideo", "mjpeg", "obu", "av1", "vc1", "cavsvideo", "dirac", "dnxhd",
        "png_pipe", "jpeg_pipe", "bmp_pipe", "webp_pipe",
    };

    // Formats whose writer puts the length into the file. The others' is estimated from the data that are there.
    private static readonly HashSet<string> StateTheirLength = new(StringComparer.Ordinal)
    {
        "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "flv", "asf", "mxf",
    };

    /// <summary>Whether lengths that ffprobe tells of this container stand in the file.</summary>
    public static bool StatesItsLength(string container) => StateTheirLength.Contains(container);

    /// <summary>Whether packets in the middle of such a stream may come without any stamp.</summary>
    public static bool MayLackStamps(string container) => container is "mpegts" or "mpeg" or "avi";

    public static TimeSource TimeSourceOf(string container) =>
        Unstamped.Contains(container) ? TimeSource.Estimated
        : container == "avi" ? TimeSource.Dts
        : TimeSource.Pts;

    /// <summary>The demuxer to force when a probed file is opened again; null for those ffmpeg finds by itself.</summary>
    public static string? ForcedDemuxer(string container) =>
        container.EndsWith("_pipe", StringComparison.Ordinal) ? container : null;
}
