namespace PoseBatch.JobStores;

/// <summary>The PostgreSQL store does what every store must do, and says in plain words why it cannot when it cannot.</summary>
public sealed class PostgresJobStoreTests : JobStoreConformance
{
    protected override string Kind => StoreProcess.Postgres;

    protected override string Place(TemporaryFolder folder) => TestPostgres.Address(Path.GetFileName(folder.Path));

    protected override void Check(string place)
    {
        // The server answers for its own files.
    }
}
