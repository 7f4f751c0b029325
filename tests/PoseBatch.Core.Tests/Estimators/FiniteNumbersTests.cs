namespace PoseBatch.Estimators;

/// <summary>One value among many, wherever it lies: in a vector, between two, or in what is left at the end.</summary>
public class FiniteNumbersTests
{
    private const int MostVectors = 70;   // more than four of the longest vectors

    public static TheoryData<float> Others => [float.NaN, -float.NaN, BitConverter.Int32BitsToSingle(0x7F800001), float.PositiveInfinity, float.NegativeInfinity];

    [Theory]
    [MemberData(nameof(Others))]
    public void One_that_is_no_finite_number_is_found_wherever_it_lies(float other)
    {
        for (int length = 1; length <= MostVectors; length++)
        {
            for (int place = 0; place < length; place++)
            {
                float[] values = Numbers(length);
                values[place] = other;
                Assert.False(FiniteNumbers.AreAll(values), $"{other} at {place} of {length}");
                Assert.Equal(length == 1, FiniteNumbers.AreNone(values));
            }

            Assert.True(FiniteNumbers.AreNone([.. Enumerable.Repeat(other, length)]));
        }
    }

    [Fact]
    public void The_largest_and_the_smallest_numbers_are_numbers()
    {
        for (int length = 0; length <= MostVectors; length++)
        {
            Assert.True(FiniteNumbers.AreAll(Numbers(length)));
        }

        Assert.True(FiniteNumbers.AreNone([]));
    }

    private static float[] Numbers(int length)
    {
        float[] extremes = [float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 0, -0f, 1];
        return [.. Enumerable.Range(0, length).Select(i => extremes[i % extremes.Length])];
    }
}
