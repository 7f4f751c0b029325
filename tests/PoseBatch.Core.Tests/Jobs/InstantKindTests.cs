namespace PoseBatch.Jobs;

/// <summary>Times with their offset, in a job's JSON and on the command line alike.</summary>
public class InstantKindTests
{
    [Theory]
    [InlineData("2027-01-31T18:00:00Z", 18, 0)]
    [InlineData("2027-01-31T19:00:00+01:00", 18, 0)]
    [InlineData("2027-01-31T12:30:00-05:30", 18, 0)]
    [InlineData("2027-01-31T18:00:00.25Z", 18, 250)]
    [InlineData("2027-01-31T18:00:00.2500000+00:00", 18, 250)]
    public void A_time_with_its_offset_is_a_time_of_UTC(string text, int hour, int milliseconds) =>
        Assert.Equal(new DateTimeOffset(2027, 1, 31, hour, 0, 0, milliseconds, TimeSpan.Zero), InstantKind.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("2027-01-31")]
    [InlineData("2027-01-31T18:00:00")]
    [InlineData("2027-01-31T18:00Z")]
    [InlineData("2027-01-31T18:00+01:00")]
    [InlineData("2027-01-31 18:00:00Z")]
    [InlineData("2027-02-30T18:00:00Z")]
    [InlineData("2027-01-31T18:00:00.12345678Z")]
    [InlineData("2027-01-31T18:00:00 +01:00")]
    public void Any_other_text_is_none(string text) => Assert.Null(InstantKind.Parse(text));
}
