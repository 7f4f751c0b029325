using System.Runtime.InteropServices;
using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Imaging;

public class TensorPackerTests
{
    // Normalising as in PoseNet, as in ImageNet networks, and not at all.
    private static readonly (float[] Mean, float[] Std)[] Normalisations =
    [
        ([127.5f, 127.5f, 127.5f], [127.5f, 127.5f, 127.5f]), ([123.675f, 116.28f, 103.53f], [58.395f, 57.12f, 57.375f]),
        ([0, 0, 0], [1, 1, 1]),
    ];

    public static MatrixTheoryData<TensorLayout, TensorType, ColourOrder, PixelSize> Cases => new(
        [TensorLayout.Nchw, TensorLayout.Nhwc],
        [TensorType.Float32, TensorType.Float16, TensorType.UInt8, TensorType.Int32],
        [ColourOrder.Rgb, ColourOrder.Bgr, ColourOrder.Grey],
        [new(1, 1), new(15, 3), new(16, 2), new(17, 5), new(33, 9), new(192, 4)]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_vector_path_gives_the_bits_of_the_scalar_loop(TensorLayout layout, TensorType type, ColourOrder order,
        PixelSize frame)
    {
        foreach (ResizeRule rule in Enum.GetValues<ResizeRule>())
        {
            foreach ((float[] mean, float[] std) in type.IsReal() ? Normalisations : Normalisations[2..])
            {
                // A model wider than the frame's aspect has padding left and right, a square one above and below.
                foreach (PixelSize model in new[] { frame, new PixelSize(frame.Width + 19, frame.Height), new(frame.Width,
                    frame.Height + 3) })
                {
                    TensorPacker packer = new(
                        Input(layout, type, order, model) with { Mean = Numbers(mean, order), Std = Numbers(std, order) });
                    FrameFit fit = FrameFit.For(frame, new(1, 1), model, rule);
                    byte[] rgb = Picture(fit.Fit);
                    byte[] wide = Rubbish(packer.ByteCount);
                    byte[] scalar = Rubbish(packer.ByteCount);

                    packer.Pack(rgb, fit, wide);
                    packer.PackScalar(rgb, fit, scalar);

                    Assert.Equal(scalar, wide);
                }
            }
        }
    }

    [Theory]
    [InlineData(TensorLayout.Nchw, true)]
    [InlineData(TensorLayout.Nchw, false)]
    [InlineData(TensorLayout.Nhwc, true)]
    [InlineData(TensorLayout.Nhwc, false)]
    public void Each_pixel_lands_in_its_cell_and_the_rest_is_pad_colour(TensorLayout layout, bool isRgb)
    {
        PixelSize model = new(40, 32);
        ModelInput input = Input(layout, TensorType.Float32, isRgb ? ColourOrder.Rgb : ColourOrder.Bgr, model) with
        {
            Pad = [10, 20, 30],
            Mean = [1, 2, 3],
            Std = [2, 4, 8],
        };
        TensorPacker packer = new(input);
        FrameFit fit = FrameFit.For(new(20, 10), new(1, 1), model, ResizeRule.Letterbox);
        byte[] rgb = Picture(fit.Fit);
        byte[] bytes = Rubbish(packer.ByteCount);
        packer.Pack(rgb, fit, bytes);
        ReadOnlySpan<float> tensor = MemoryMarshal.Cast<byte, float>(bytes);

        for (int y = 0; y < model.Height; y++)
        {
            for (int x = 0; x < model.Width; x++)
            {
                int column = x - fit.Left, row = y - fit.Top;
                bool isPicture = column >= 0 && column < fit.Fit.Width && row >= 0 && row < fit.Fit.Height;
                for (int colour = 0; colour < 3; colour++)
                {
                    int channel = isRgb ? colour : 2 - colour;
                    byte value = isPicture ? rgb[(((row * fit.Fit.Width) + column) * 3) + colour] : input.Pad[colour];
                    int place = layout == TensorLayout.Nchw
                        ? (((channel * model.Height) + y) * model.Width) + x
                        : (((y * model.Width) + x) * 3) + channel;
                    Assert.Equal((value - input.Mean[colour]) / input.Std[colour], tensor[place]);
                }
            }
        }
    }

    [Theory]
    [InlineData(255, 0, 0, 76)]     // 76.245
    [InlineData(0, 255, 0, 150)]    // 149.685
    [InlineData(0, 0, 255, 29)]     // 29.07
    [InlineData(255, 255, 255, 255)]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0, 2, 59, 8)]       // 1.174 + 6.726 = 7.9
    [InlineData(250, 0, 125, 89)]   // 74.75 + 14.25 = 89
    [InlineData(0, 0, 250, 29)]     // 28.5: the larger of two that are equally near
    public void Grey_is_the_luma_of_BT_601_to_the_nearest_whole_number(byte red, byte green, byte blue, byte luma)
    {
        foreach (TensorLayout layout in new[] { TensorLayout.Nchw, TensorLayout.Nhwc })
        {
            TensorPacker packer = new(Input(layout, TensorType.UInt8, ColourOrder.Grey, new(20, 2)) with { Pad = [red, green, blue] });
            byte[] tensor = Rubbish(packer.ByteCount);

            // 18 pixels of picture between two columns of padding.
            byte[] rgb = [.. Enumerable.Repeat(new[] { red, green, blue }, 18 * 2).SelectMany(pixel => pixel)];
            packer.Pack(rgb, new FrameFit(new(18, 2), new(20, 2), new(18, 2), 1, 0), tensor);

            Assert.Equal([.. Enumerable.Repeat(luma, 40)], tensor);
        }
    }

    [Fact]
    public void Grey_is_normalised_by_its_one_number()
    {
        TensorPacker packer = new(Input(TensorLayout.Nchw, TensorType.Float32, ColourOrder.Grey, new(1, 1)) with { Mean = [16], Std = [4] });
        byte[] tensor = new byte[4];
        packer.Pack([0, 0, 255], FrameFit.For(new(1, 1), new(1, 1), new(1, 1), ResizeRule.Stretch), tensor);

        Assert.Equal((29 - 16) / 4f, BitConverter.ToSingle(tensor));
        Assert.Throws<PoseBatchException>(
            () => new TensorPacker(Input(TensorLayout.Nchw, TensorType.Float32, ColourOrder.Grey, new(1, 1)) with { Mean = [0, 0, 0] }));
    }

    [Fact]
    public void Packing_allocates_nothing()
    {
        PixelSize model = new(192, 192);
        TensorPacker packer = new(Input(TensorLayout.Nchw, TensorType.Float32, ColourOrder.Rgb, model));
        FrameFit fit = FrameFit.For(new(1280, 720), new(1, 1), model, ResizeRule.Letterbox);
        byte[] rgb = Picture(fit.Fit);
        byte[] tensor = new byte[packer.ByteCount];

        PoseBatch.Families.AllocationProbe.AssertNone(() => packer.Pack(rgb, fit, tensor));
    }

    [Fact]
    public void Bytes_and_integers_take_no_normalising()
    {
        ModelInput input = Input(TensorLayout.Nhwc, TensorType.UInt8, ColourOrder.Rgb, new(8, 8)) with { Mean = [127.5f, 127.5f, 127.5f] };

        Assert.Equal(ReasonCode.ModelMismatch, Assert.Throws<PoseBatchException>(() => new TensorPacker(input)).Reason);
    }

    [Fact]
    public void A_standard_deviation_of_zero_is_refused()
    {
        ModelInput input = Input(TensorLayout.Nchw, TensorType.Float32, ColourOrder.Rgb, new(8, 8)) with { Std = [1, 0, 1] };

        Assert.Equal(ReasonCode.ModelMismatch, Assert.Throws<PoseBatchException>(() => new TensorPacker(input)).Reason);
    }

    [Fact]
    public void A_buffer_of_the_wrong_length_is_refused()
    {
        TensorPacker packer = new(Input(TensorLayout.Nchw, TensorType.Float32, ColourOrder.Rgb, new(8, 8)));
        FrameFit fit = FrameFit.For(new(8, 8), new(1, 1), new(8, 8), ResizeRule.Stretch);

        Assert.Throws<ArgumentException>(() => packer.Pack(new byte[191], fit, new byte[768]));
        Assert.Throws<ArgumentException>(() => packer.Pack(new byte[192], fit, new byte[767]));
        Assert.Throws<ArgumentException>(() => packer.Pack(new byte[192], fit with { Model = new(9, 8) }, new byte[768]));
    }

    private static float[] Numbers(float[] colours, ColourOrder order) => order == ColourOrder.Grey ? colours[..1] : colours;

    private static ModelInput Input(TensorLayout layout, TensorType type, ColourOrder order, PixelSize size) => new()
    {
        Name = "image",
        Layout = layout,
        Type = type,
        Size = size,
        ColourOrder = order,
        Resize = ResizeRule.Letterbox,
        Pad = [114, 7, 255],
        Mean = Numbers([0, 0, 0], order),
        Std = Numbers([1, 1, 1], order),
    };

    private static byte[] Picture(PixelSize size)
    {
        byte[] bytes = new byte[size.Width * size.Height * 3];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Rubbish(int count)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, (byte)0xA5);
        return bytes;
    }
}
