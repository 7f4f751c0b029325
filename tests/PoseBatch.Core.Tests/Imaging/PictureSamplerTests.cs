using PoseBatch.Geometry;

namespace PoseBatch.Imaging;

public class PictureSamplerTests
{
    private static readonly PixelSize Picture = new(37, 23);
    private static readonly byte[] Noise = MakeNoise(Picture);

    [Fact]
    public void A_picture_scaled_to_its_own_size_is_the_same_bytes()
    {
        byte[] result = new byte[Noise.Length];

        new PictureSampler(Picture.Width).Resize(Noise, Picture, Picture, result);

        Assert.Equal(Noise, result);
    }

    [Theory]
    [InlineData(0.37, 3, 2)]
    [InlineData(1.9, -20, -11)]
    [InlineData(1, 0, 0)]
    [InlineData(3, -1000, 40000)]
    [InlineData(0.5, 36.5, 22.25)]
    public void A_crop_is_that_of_the_reference_within_the_rounding_to_bytes(double scale, double left, double top)
    {
        PixelSize size = new(24, 32);
        AffineMap map = AffineMap.Scale(scale, scale * 1.3, left, top);
        byte[] crop = new byte[size.Width * size.Height * 3];
        float[] expected = new float[crop.Length];

        new PictureSampler(size.Width).Crop(Noise, Picture, map, size, [10, 20, 30], crop);
        CropSampler.Sample(Noise, Picture, PixelWindow.Of(Picture), map, size, [10, 20, 30], [0, 0, 0], [1, 1, 1], expected);

        for (int pixel = 0; pixel < size.Width * size.Height; pixel++)
        {
            for (int colour = 0; colour < 3; colour++)
            {
                // Half a step of rounding, and weights of 11 bits on each axis.
                Assert.InRange(crop[(pixel * 3) + colour] - expected[(colour * size.Width * size.Height) + pixel], -0.8, 0.8);
            }
        }
    }

    [Fact]
    public void Halving_takes_the_mean_of_four_and_enlarging_repeats_the_edge()
    {
        byte[] half = new byte[3], large = new byte[4 * 3];

        new PictureSampler(1).Resize([0, 0, 0, 100, 100, 100, 100, 0, 0, 200, 100, 0], new(2, 2), new(1, 1), half);
        new PictureSampler(4).Resize([0, 0, 0, 100, 100, 100], new(2, 1), new(4, 1), large);

        Assert.Equal([100, 50, 25], half);
        Assert.Equal([0, 25, 75, 100], [.. large.Where((_, i) => i % 3 == 0)]);
    }

    private static byte[] MakeNoise(PixelSize size)
    {
        byte[] noise = new byte[size.Width * size.Height * 3];
        new Random(5).NextBytes(noise);
        return noise;
    }
}
