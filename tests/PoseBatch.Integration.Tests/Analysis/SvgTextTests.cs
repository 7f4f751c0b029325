using PoseBatch.Worker.Analysis.Reports;

namespace PoseBatch.Analysis;

public class SvgTextTests
{
    [Theory]
    [InlineData(-30.0, 480.0, 5, new[] { 0.0, 100, 200, 300, 400 })]
    [InlineData(0.0, 16.76, 9, new[] { 0.0, 2, 4, 6, 8, 10, 12, 14, 16 })]
    public void Ticks_of_the_plot_are_round_numbers(double least, double most, int count, double[] ticks) =>
        Assert.Equal(ticks, SvgText.Ticks(least, most, count));
}
