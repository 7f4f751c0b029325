namespace PoseBatch.Onnx.Runtime;

/// <summary>Which execution provider is asked for.</summary>
public enum ProviderChoice
{
    /// <summary>The best that works here: TensorRT where its libraries are installed, then CUDA, then the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>NVIDIA CUDA or nothing.</summary>
    Cuda,

    /// <summary>NVIDIA TensorRT (with CUDA beneath it) or nothing.</summary>
    TensorRt,
}

/// <summary>How a network is loaded and run.</summary>
public sealed record OnnxOptions
{
    /// <summary>The batch that <see cref="Batch"/> = 0 means on the CPU, where larger ones cost time and memory.</summary>
    public const int CpuBatch = 1;

    /// <summary>The batch that <see cref="Batch"/> = 0 means on a GPU.</summary>
    public const int GpuBatch = 16;

    /// <summary>The largest batch that may be asked for.</summary>
    public const int LargestBatch = 256;

    /// <summary>The provider. Default <see cref="ProviderChoice.Auto"/>.</summary>
    public ProviderChoice Provider { get; init; } = ProviderChoice.Auto;

    /// <summary>Images per call, 0 to 256. Default 0: <see cref="CpuBatch"/> or <see cref="GpuBatch"/>, or a fixed batch of the file.</summary>
    public int Batch { get; init; }

    /// <summary>Threads inside one CPU run, 1 to 256. Default 1: several workers on one session beat several threads in one run.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>Which GPU, from 0. Default 0.</summary>
    public int DeviceId { get; init; }

    /// <summary>
    /// True refuses a GPU provider that would leave even one node to the CPU. Default false: ONNX Runtime keeps small nodes, such
    /// as shape arithmetic, on the CPU on purpose. Without effect on the CPU provider.
    /// </summary>
    public bool WholeGraphOnDevice { get; init; }

    /// <summary>Folder in which TensorRT keeps its compiled engines between starts; null (default) compiles at every start.</summary>
    public string? TensorRtCacheFolder { get; init; }
}
