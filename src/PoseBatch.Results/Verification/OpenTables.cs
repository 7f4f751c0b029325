using PoseBatch.Parquet;

namespace PoseBatch.Results.Verification;

/// <summary>The tables of one result, open for reading.</summary>
/// <param name="Frames">The ledger.</param>
/// <param name="Persons">Its people.</param>
/// <param name="Keypoints">Their joints.</param>
/// <param name="Tracks">Their tracks; null for a result without.</param>
internal sealed record OpenTables(ParquetFileReader Frames, ParquetFileReader Persons, ParquetFileReader Keypoints, ParquetFileReader? Tracks);
