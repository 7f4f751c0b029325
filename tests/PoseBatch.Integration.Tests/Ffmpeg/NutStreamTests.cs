using System.Diagnostics;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg;

public sealed class NutStreamTests
{
    private const int CodedPts = 8;
    private const int StreamId = 16;
    private const int SizeMsb = 32;
    private const int Checksum = 64;
    private const int Reserved = 128;
    private const int SideData = 256;
    private const int MatchTime = 2048;
    private const int Coded = 4096;

    // Stamps and sizes stand in full in every frame: one code for all of them.
    private static readonly NutWriter.Codes Plain = new(CodedPts | SizeMsb, 0, 1, 0, 255);

    [Fact]
    public void Frames_written_with_any_frame_code_table_are_read_back()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            (byte[] stream, List<(long Pts, byte[] Picture)> frames) = RandomStream(random);

            Assert.Equal(frames.Select(frame => frame.Pts), Read(stream, random).Select(frame => frame.Pts));
            Assert.All(frames.Zip(Read(stream, random)), pair => Assert.Equal(pair.First.Picture, pair.Second.Picture));
        }
    }

    [Fact]
    public void Frames_that_are_passed_over_do_not_disturb_the_next()
    {
        (byte[] stream, List<(long Pts, byte[] Picture)> frames) = RandomStream(new(7));
        NutStream nut = new(new Pieces(stream, new(7)));

        List<long> stamps = [];
        while (nut.TryNextFrame())
        {
            stamps.Add(nut.Pts);
        }

        Assert.Equal(frames.Select(frame => frame.Pts), stamps);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    public void A_stamp_of_few_bits_is_the_nearest_to_the_last_one(long last)
    {
        // Eight bits: 250 then 3 is a step forward over the edge, 0 then 255 a step back by one.
        byte[] stream = Begin(1, 8).Bytes([0]).Unsigned((ulong)(256 + last)).Unsigned(0)
            .Bytes([0]).Unsigned(last == 250 ? 3UL : 120UL).Unsigned(0).ToArray();

        Assert.Equal([last, last == 250 ? 259 : 120], Read(stream, new(1)).Select(frame => frame.Pts));
    }

    [Fact]
    public void Side_data_in_front_of_a_picture_is_no_part_of_it()
    {
        byte[] side = new NutWriter().Unsigned(3).Text("a").Signed(-2).Text("type").Text("value").Text("b").Signed(7)
            .Text("c").Signed(-5).Signed(9).Unsigned(1).Text("d").Signed(-1).Text("text").ToArray();
        byte[] stream = Begin(1, 4, Plain with { Flags = CodedPts | SizeMsb | SideData })
            .Bytes([0]).Unsigned(16 + 5).Unsigned((ulong)(side.Length + 3)).Bytes(side).Bytes([1, 2, 3]).ToArray();

        (long pts, byte[] picture) = Assert.Single(Read(stream, new(1)));

        Assert.Equal(5, pts);
        Assert.Equal([1, 2, 3], picture);
    }

    [Fact]
    public void Anything_but_a_nut_stream_is_refused_and_never_read_for_ever()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            Random random = new(seed);
            (byte[] stream, _) = RandomStream(random);
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                stream[random.Next(stream.Length)] = (byte)random.Next(256);
            }

            if (random.Next(3) == 0)
            {
                stream = stream[..random.Next(stream.Length)];
            }

            Exception? refusal = Record.Exception(() => Read(stream, random));
            Assert.True(refusal is null or InvalidDataException or OverflowException, $"Seed {seed}: {refusal}");
        }
    }

    [Fact]
    public void A_stream_cut_inside_a_picture_or_a_header_is_no_clean_end()
    {
        byte[] stream = Begin(1, 4).Bytes([0]).Unsigned(16).Unsigned(10).Bytes(new byte[10]).ToArray();

        Assert.Single(Read(stream, new(1)));
        Assert.Throws<InvalidDataException>(() => Read(stream[..^1], new(1)));
        Assert.Throws<InvalidDataException>(() => Read(stream[..^11], new(1)));
        Assert.Empty(Read([], new(1)));
    }

    [Theory]
    [InlineData("1/25", 25)]
    [InlineData("1001/30000", 12)]
    [InlineData("1/1000", 40)]
    public void A_stream_made_by_ffmpeg_is_read_as_ffprobe_reads_it(string timeBase, int frames)
    {
        using TemporaryFolder folder = new();
        string path = folder["made.nut"];
        Clips.Make(
            "-f", "lavfi", "-i", $"testsrc=s=16x16:d=4:r=10", "-frames:v", $"{frames}", "-vf", $"settb={timeBase},setpts=PTS+7",
            "-enc_time_base", timeBase, "-fps_mode", "passthrough", "-c:v", "rawvideo", "-pix_fmt", "rgb24", path);
        string[] expected = Clips.Run("ffprobe", "-v", "error", "-show_entries", "packet=pts", "-of", "csv=p=0", path)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

        List<(long Pts, byte[] Picture)> read = Read(File.ReadAllBytes(path), new(3));

        Assert.Equal(expected, read.Select(frame => $"{frame.Pts}"));
        Assert.All(read, frame => Assert.Equal(16 * 16 * 3, frame.Picture.Length));
    }

    [Theory]
    [InlineData(7, 1, 1000, 1, 64000, 448)]
    [InlineData(long.MaxValue / 8, 1, 1_000_000, 1, 1_000_000, long.MaxValue / 8)]
    [InlineData(9_000_000_000_000_000, 1001, 30000, 1, 30000, 9_009_000_000_000_000_000)]
    [InlineData(-5, 1, 2, 1, 1, -3)]
    public void Stamps_change_their_unit_exactly(long stamp, long from, long fromOver, long to, long toOver, long expected) =>
        Assert.Equal(expected, NutStream.Convert(stamp, new Rational(from, fromOver), new Rational(to, toOver)));

    private static NutWriter Begin(int timeBases, int msbShift, NutWriter.Codes? codes = null) => new NutWriter().FileId()
        .MainHeader([.. Enumerable.Range(1, timeBases).Select(i => (1L, 25L * i))], [codes ?? Plain]).StreamHeader(timeBases - 1, msbShift);

    /// <summary>A stream whose frame codes mean something else every time, with every optional field now and then.</summary>
    private static (byte[] Stream, List<(long Pts, byte[] Picture)> Frames) RandomStream(Random random)
    {
        List<NutWriter.Codes> table = [];
        for (int left = 255; left > 0; left -= table[^1].Count)
        {
            int flags = 0;
            foreach (int flag in (int[])[CodedPts, StreamId, SizeMsb, Checksum, Reserved, MatchTime, Coded])
            {
                flags |= random.Next(2) * flag;
            }

            int count = int.Min(left, random.Next(1, 60));
            table.Add(new(flags, random.Next(-3, 20), random.Next(60, 90), random.Next(0, 40), count, random.Next(3)));
        }

        int timeBases = random.Next(1, 4);
        int msbShift = random.Next(4, 12);
        NutWriter stream = new NutWriter().FileId()
            .MainHeader([.. Enumerable.Range(1, timeBases).Select(i => (1L, 25L * i))], table).StreamHeader(timeBases - 1, msbShift);

        List<NutWriter.Codes> meaning = [];
        List<int> sizeLow = [];
        foreach (NutWriter.Codes codes in table)
        {
            for (int step = 0; step < codes.Count; step++)
            {
                if (meaning.Count == 'N')
                {
                    meaning.Add(codes);
                    sizeLow.Add(-1);
                }

                meaning.Add(codes);
                sizeLow.Add(codes.Size + step);
            }
        }

        long last = 0;
        List<(long, byte[])> frames = [];
        for (int count = random.Next(1, 30); count > 0; count--)
        {
            if (random.Next(6) == 0)
            {
                long seconds = random.Next(100);
                stream.SyncPoint(seconds * 25, 0, timeBases);
                last = seconds * 25 * timeBases;
            }

            if (random.Next(8) == 0)
            {
                stream.Info(random.Next(6000));
            }

            int code = random.Next(256);
            code = code == 'N' ? 0 : code;
            NutWriter.Codes codes = meaning[code];
            stream.Bytes([(byte)code]);
            int flags = codes.Flags;
            if ((flags & Coded) != 0)
            {
                int toggled = random.Next(2) * CodedPts | random.Next(2) * SizeMsb | random.Next(2) * Reserved;
                stream.Unsigned((ulong)toggled);
                flags ^= toggled;
            }

            if ((flags & StreamId) != 0)
            {
                stream.Unsigned(0);
            }

            long pts = last + codes.Pts;
            if ((flags & CodedPts) != 0)
            {
                bool isNear = random.Next(2) == 0;
                pts = isNear ? long.Max(0, last + random.Next(1 << (msbShift - 1))) : random.Next(1_000_000);
                long range = 1L << msbShift;
                stream.Unsigned((ulong)(isNear ? pts & (range - 1) : pts + range));
            }

            last = pts;
            int size = sizeLow[code];
            if ((flags & SizeMsb) != 0)
            {
                int high = random.Next(4);
                stream.Unsigned((ulong)high);
                size += high * codes.Multiplier;
            }

            if ((flags & MatchTime) != 0)
            {
                stream.Signed(random.Next(-9, 9));
            }

            int reserved = codes.Reserved;
            if ((flags & Reserved) != 0)
            {
                reserved = random.Next(3);
                stream.Unsigned((ulong)reserved);
            }

            for (; reserved > 0; reserved--)
            {
                stream.Unsigned((ulong)random.Next(1000));
            }

            if ((flags & Checksum) != 0)
            {
                stream.Bytes(new byte[4]);
            }

            byte[] picture = new byte[size];
            random.NextBytes(picture);
            stream.Bytes(picture);
            frames.Add((pts, picture));
        }

        return (stream.ToArray(), frames);
    }

    private static List<(long Pts, byte[] Picture)> Read(byte[] stream, Random random)
    {
        Stopwatch watch = Stopwatch.StartNew();
        NutStream nut = new(new Pieces(stream, random));
        List<(long, byte[])> frames = [];
        while (nut.TryNextFrame())
        {
            byte[] picture = new byte[nut.PayloadBytes <= 1 << 20 ? (int)nut.PayloadBytes : throw new InvalidDataException("Too large.")];
            nut.ReadPayload(picture);
            frames.Add((nut.Pts, picture));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60));
        }

        return frames;
    }

    /// <summary>Hands bytes out in pieces of any size, as a pipe does.</summary>
    private sealed class Pieces(byte[] bytes, Random random) : IByteSource
    {
        private int _at;

        public int Read(Span<byte> destination)
        {
            int count = int.Min(bytes.Length - _at, int.Min(destination.Length, random.Next(1, 200)));
            bytes.AsSpan(_at, count).CopyTo(destination);
            _at += count;
            return count;
        }
    }
}
