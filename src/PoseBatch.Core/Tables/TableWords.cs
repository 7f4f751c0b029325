using PoseBatch.Video;

namespace PoseBatch.Tables;

/// <summary>The words that stand for enumerations in the tables.</summary>
public static class TableWords
{
    /// <summary>The status whose word stands in the <c>status</c> column.</summary>
    /// <exception cref="ArgumentException">It is none of them.</exception>
    public static FrameStatus StatusOf(string word)
    {
        foreach (FrameStatus status in Enum.GetValues<FrameStatus>())
        {
            if (Of(status) == word)
            {
                return status;
            }
        }

        throw new ArgumentException($"'{word}' is no status of a frame.", nameof(word));
    }

    /// <summary>The word of the <c>status</c> column: <c>ok</c>, <c>corrupt</c>, <c>undecodable</c> or <c>skipped</c>.</summary>
    public static string Of(FrameStatus status) => status switch
    {
        FrameStatus.Ok => "ok",
        FrameStatus.Corrupt => "corrupt",
        FrameStatus.Undecodable => "undecodable",
        FrameStatus.Skipped => "skipped",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a frame status."),
    };

    /// <summary>The word of the <c>time_source</c> column: <c>pts</c>, <c>dts</c> or <c>estimated</c>.</summary>
    public static string Of(TimeSource source) => source switch
    {
        TimeSource.Pts => "pts",
        TimeSource.Dts => "dts",
        TimeSource.Estimated => "estimated",
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "Not a time source."),
    };

    /// <summary>The word for a column's type in metadata and documentation, for example <c>int32</c>.</summary>
    public static string Of(ColumnType type) => type switch
    {
        ColumnType.Int16 => "int16",
        ColumnType.Int32 => "int32",
        ColumnType.Int64 => "int64",
        ColumnType.Float => "float",
        ColumnType.Double => "double",
        ColumnType.Boolean => "boolean",
        ColumnType.Text => "string",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a column type."),
    };
}
