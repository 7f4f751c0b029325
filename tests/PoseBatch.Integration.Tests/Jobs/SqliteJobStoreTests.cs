using PoseBatch.Decode;

namespace PoseBatch.Jobs;

/// <summary>The SQLite store does what every store must do.</summary>
public class SqliteJobStoreTests : JobStoreConformance
{
    protected override IJobStore Open(TemporaryFolder folder, StoreClock clock) => SqliteJobStore.Open(folder["jobs.db"], clock);
}
