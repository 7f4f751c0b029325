using BenchmarkDotNet.Attributes;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;

namespace PoseBatch.Benchmarks;

/// <summary>What does it cost to turn a decoded frame into a model input?</summary>
[MemoryDiagnoser]
public class PreprocessPacking
{
    private byte[] _rgb = [];
    private byte[] _tensor = [];
    private TensorPacker _packer = null!;
    private FrameFit _fit;

    [Params(TensorLayout.Nchw, TensorLayout.Nhwc)]
    public TensorLayout Layout { get; set; }

    [Params(TensorType.Float32, TensorType.Int32)]
    public TensorType Type { get; set; }

    /// <summary>A square frame fills the input; a wide one is letterboxed.</summary>
    [Params(ResizeRule.Stretch, ResizeRule.Letterbox)]
    public ResizeRule Resize { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        bool isFloat = Type == TensorType.Float32;
        ModelInput input = new()
        {
            Name = "image",
            Layout = Layout,
            Type = Type,
            Size = new(192, 192),
            ColourOrder = ColourOrder.Rgb,
            Resize = Resize,
            Pad = [0, 0, 0],
            Mean = isFloat ? [123.675f, 116.28f, 103.53f] : [0, 0, 0],
            Std = isFloat ? [58.395f, 57.12f, 57.375f] : [1, 1, 1],
        };
        _packer = new TensorPacker(input);
        _fit = FrameFit.For(new(1920, 1080), new(1, 1), input.Size, Resize);
        _rgb = new byte[_fit.Fit.Width * _fit.Fit.Height * 3];
        new Random(1).NextBytes(_rgb);
        _tensor = new byte[_packer.ByteCount];
    }

    [Benchmark(Baseline = true)]
    public void OneByteAtATime() => _packer.PackScalar(_rgb, _fit, _tensor);

    [Benchmark]
    public void Vectors() => _packer.Pack(_rgb, _fit, _tensor);
}
