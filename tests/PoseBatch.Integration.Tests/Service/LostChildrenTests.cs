using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service;

public sealed class LostChildrenTests
{
    [Fact]
    public void Ten_lost_children_of_a_job_are_borne_and_not_one_more()
    {
        LostChildren lost = new();

        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(Losing("a")));
        Assert.False(Losing("a"));
        Assert.True(Losing("b"));   // each job for itself

        bool Losing(string job) => lost.IsBorne(job);
    }

    [Fact]
    public void A_job_that_is_over_begins_anew()
    {
        LostChildren lost = new();
        for (int loss = 0; loss < 20; loss++)
        {
            lost.IsBorne("a");
        }

        lost.Forget("a");

        Assert.True(lost.IsBorne("a"));
    }
}
