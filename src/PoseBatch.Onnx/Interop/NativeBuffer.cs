using System.Runtime.InteropServices;

namespace PoseBatch.Onnx.Interop;

/// <summary>Zeroed native memory that starts at a multiple of 64 bytes. The one owner frees it.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    /// <summary>A cache line, and the width of the widest vector register.</summary>
    public const int Alignment = 64;

    /// <exception cref="PoseBatchException">out_of_memory.</exception>
    public NativeBuffer(long byteCount)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        ByteCount = byteCount;
        try
        {
            void* memory = NativeMemory.AlignedAlloc(checked((nuint)Math.Max(byteCount, 1)), Alignment);
            NativeMemory.Clear(memory, (nuint)byteCount);
            SetHandle((nint)memory);
        }
        catch (OutOfMemoryException fault)
        {
            throw new PoseBatchException(
                ReasonCode.OutOfMemory,
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"No memory for a tensor of {byteCount} bytes."),
                "Choose a smaller batch or fewer workers.",
                fault);
        }
    }

    public long ByteCount { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>Its address; valid while the owner lives.</summary>
    public nint DangerousAddress => handle;

    /// <summary>A view that must not outlive the owner.</summary>
    public Span<T> DangerousSpan<T>(long firstElement, int count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        if (firstElement < 0 || count < 0 || (firstElement + count) * sizeof(T) > ByteCount)
        {
            throw new ArgumentOutOfRangeException(nameof(firstElement));
        }

        return new((T*)handle + firstElement, count);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
