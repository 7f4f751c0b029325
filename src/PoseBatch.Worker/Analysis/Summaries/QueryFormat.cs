namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary>How rows are printed.</summary>
internal enum QueryFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>RFC 4180, with a header.</summary>
    Csv,

    /// <summary>An array of objects on one line.</summary>
    Json,
}
