using PoseBatch.Jobs;

namespace PoseBatch.JobStores;

public sealed class JobStoreSettingTests
{
    [Theory]
    [InlineData("postgres://ann@db:6543/lab", "postgres://ann@db:6543/lab")]
    [InlineData("postgresql://db/lab", "postgres://db:5432/lab")]
    [InlineData("postgres://ann:s%40cret@db/lab?sslmode=require&search%20path=poses", "postgres://ann@db:5432/lab")]
    [InlineData("Host=db;Username=ann;Password=s@cret;Database=lab", "postgres://ann@db:5432/lab")]
    [InlineData("Server=db;Database=lab", "postgres://db:5432/lab")]
    public void An_address_is_shown_without_its_password(string setting, string shown)
    {
        Assert.True(JobStoreSetting.IsServer(setting));
        Assert.Equal(shown, JobStoreSetting.Describe(setting));
    }

    [Theory]
    [InlineData("posebatch.db")]
    [InlineData("/var/lib/posebatch/Host=.db")]
    [InlineData("postgres")]
    public void Anything_else_is_a_file(string setting)
    {
        Assert.False(JobStoreSetting.IsServer(setting));
        Assert.Equal(Path.GetFullPath(setting), JobStoreSetting.Describe(setting));
    }

    [Theory]
    [InlineData("postgres://")]
    [InlineData("postgres://ann:s3cret@db/lab/other")]
    [InlineData("postgres://ann:s3cret@db/lab?no_such_setting=s3cret")]
    [InlineData("Host=db;Port=s3cret")]
    [InlineData("Host=db;No Such Setting=s3cret")]
    public void An_address_that_cannot_be_read_is_refused_without_its_password(string setting)
    {
        JobStoreUnavailableException refused = Assert.Throws<JobStoreUnavailableException>(() => JobStoreSetting.Open(setting, TimeProvider.System));

        Assert.Contains("postgres://USER@HOST:PORT/DATABASE", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.ToString(), StringComparison.Ordinal);
        Assert.False(refused.MayPass);
    }
}
