using System.Text;

namespace PoseBatch.Conversion.Source;

/// <summary>
/// Reads TF-Lite files: tables of FlatBuffers after the schema of TensorFlow (tensorflow/lite/schema/schema.fbs, version 3). Weights of 32
/// and 16 bit floats, and whole numbers with scale and zero point, per tensor or per channel, become the float numbers they stand for, and so
/// does what runs through the network: rounding between operations is left out. A picture goes in as the file takes it; where that is
/// bytes with scale and zero point, bytes.
/// </summary>
public static class TfliteReader
{
    private const string Identifier = "TFL3";
    private const int SchemaVersion = 3;

    // Shared buffers may be named by several tensors; files that unfold to far more than their length are none.
    private const int MostTimesRead = 8;

    /// <summary>Reads a file.</summary>
    /// <exception cref="PoseBatchException">model_missing: it is not there. model_mismatch: it is no TF-Lite file, or cut.</exception>
    public static SourceGraph Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), Path.GetFileName(path));
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"{path} does not exist.", "Check the path.", fault);
        }
        catch (Exception fault) when (fault is InvalidDataException or OverflowException)
        {
            throw ConversionFault.Of($"{path} is cut or damaged: {fault.Message}", "Get the file again.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"{path} cannot be read: {fault.Message}", cause: fault);
        }
    }

    private static SourceGraph Read(byte[] file, string name)
    {
        string identifier = file.Length < 8 ? string.Empty : Encoding.ASCII.GetString(file, 4, 4);
        if (identifier != Identifier)
        {
            throw ConversionFault.Of(
                $"{name} is not a TF-Lite file: bytes 4 to 7 should be '{Identifier}' and are '{identifier}'.",
                "Take the .tflite file itself: not an archive around it, not a page that offers it.");
        }

        FlatTable model = FlatTable.RootOf(file);
        if (model.Int32(0) != SchemaVersion)
        {
            throw ConversionFault.Of($"{name} has version {model.Int32(0)} of the schema; version {SchemaVersion} is read here.");
        }

        FlatTable[] graphs = model.Tables(2);
        TfliteOperator[] operators = [.. model.Tables(1).Select(code => new TfliteOperator(code))];
        return graphs.Length > 0
            ? new TfliteGraph(name, graphs[0], operators, Constants(file, model, graphs[0])).ToSource()
            : throw new InvalidDataException("It has no graph.");
    }

    private static (TfliteTensor Tensor, SourceTensor? Constant)[] Constants(byte[] file, FlatTable model, FlatTable graph)
    {
        FlatTable[] buffers = model.Tables(4);
        HashSet<string> names = new(StringComparer.Ordinal);
        long left = (long)MostTimesRead * file.Length;
        List<(TfliteTensor, SourceTensor?)> all = [];
        foreach (FlatTable table in graph.Tables(0))
        {
            left -= table.Bytes(3).Length;
            string text = table.Text(3);
            TfliteTensor tensor = new(table, text.Length > 0 && names.Add(text) ? text : $"{text}#{all.Count}");
            names.Add(tensor.Name);
            if (tensor.Buffer < 0 || tensor.Buffer >= buffers.Length || buffers[tensor.Buffer].UInt64(1) > 1)
            {
                throw new InvalidDataException($"The numbers of tensor '{tensor.Name}' do not lie in buffer {tensor.Buffer} of {buffers.Length}.");
            }

            ReadOnlySpan<byte> bytes = buffers[tensor.Buffer].Bytes(0);
            left -= bytes.Length;
            all.Add(left >= 0
                ? (tensor, bytes.IsEmpty ? null : tensor.Constant(bytes))
                : throw new InvalidDataException($"Its tensors name the same bytes more than {MostTimesRead} times."));
        }

        return [.. all];
    }
}
