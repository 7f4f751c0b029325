using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>Random tables with the values that break writers: extremes, runs, NaN, infinities, signed zeros, denormals, nulls.</summary>
internal static class RandomTable
{
    private static readonly float[] OddFloats =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, 0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue];

    private static readonly double[] OddDoubles =
        [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0d, 0d, double.Epsilon, double.MaxValue, double.MinValue];

    private static readonly string[] Words = ["", "ok", "überlänge 🏃", "a\0b", "'quoted'", new string('x', 300)];

    public static TableSchema Schema(Random random)
    {
        ColumnType[] types = Enum.GetValues<ColumnType>();
        return new("random", [.. Enumerable.Range(0, random.Next(1, 10)).Select(i =>
            new TableColumn($"c{i}", types[random.Next(types.Length)], random.Next(2) == 0, "", ""))]);
    }

    public static void Fill(TableBlock block, int rows, Random random)
    {
        foreach (ColumnBuffer column in block.Columns)
        {
            FillColumn(column, rows, NullShare(column, random), random.Next(5), random);
        }
    }

    /// <summary>Equal bit for bit; NaN of any kind counts as itself.</summary>
    public static void AssertEqual(TableBlock expected, TableBlock actual)
    {
        Assert.Equal(expected.RowCount, actual.RowCount);
        for (int c = 0; c < expected.Columns.Count; c++)
        {
            ColumnBuffer left = expected.Columns[c];
            ColumnBuffer right = actual.Columns[c];
            Assert.True(left.Validity.SequenceEqual(right.Validity), $"validity of column {c}");
            for (int row = 0; row < expected.RowCount; row++)
            {
                if (Bits(left, row) != Bits(right, row))
                {
                    Assert.Fail($"column {c} ({left.Column.Type}), row {row}: {Bits(left, row)} became {Bits(right, row)}");
                }
            }
        }
    }

    public static string Bits(ColumnBuffer column, int row) => column.IsNull(row) ? "null" : column switch
    {
        TextColumnBuffer text => "'" + text.Text(row) + "'",
        ColumnBuffer<int> ints => $"{ints.Values[row]}",
        ColumnBuffer<long> longs => $"{longs.Values[row]}",
        ColumnBuffer<float> floats => $"{BitConverter.SingleToInt32Bits(floats.Values[row])}",
        ColumnBuffer<double> doubles => $"{BitConverter.DoubleToInt64Bits(doubles.Values[row])}",
        ColumnBuffer<bool> flags => $"{flags.Values[row]}",
        _ => throw new NotSupportedException(),
    };

    private static int NullShare(ColumnBuffer column, Random random) =>
        column.Column.IsNullable ? new[] { 0, 1, 50, 100 }[random.Next(4)] : 0;

    private static void FillColumn(ColumnBuffer column, int rows, int nullShare, int shape, Random random)
    {
        while (column.Count < rows)
        {
            // Runs of 1 to 40, so that every branch of the run-length code is met.
            int run = Math.Min(rows - column.Count, random.Next(3) == 0 ? random.Next(1, 40) : 1);
            bool isNull = random.Next(100) < nullShare;
            long number = Number(column.Column.Type, column.Count, shape, random);
            float single = shape < 2 ? OddFloats[random.Next(OddFloats.Length)] : shape == 2 ? random.Next(300) / 7f : (random.NextSingle() * 2000) - 500;
            double real = shape < 2 ? OddDoubles[random.Next(OddDoubles.Length)] : shape == 2 ? random.Next(300) / 7d : random.NextDouble() * 1e6;
            string word = Words[random.Next(Words.Length)];
            for (int i = 0; i < run; i++)
            {
                if (isNull)
                {
                    column.AppendNulls(1);
                    continue;
                }

                switch (column)
                {
                    case TextColumnBuffer text:
                        text.Append(text.CodeOf(word));
                        break;
                    case ColumnBuffer<int> ints:
                        ints.Append((int)number);
                        break;
                    case ColumnBuffer<long> longs:
                        longs.Append(number);
                        break;
                    case ColumnBuffer<float> floats:
                        floats.Append(single);
                        break;
                    case ColumnBuffer<double> doubles:
                        doubles.Append(real);
                        break;
                    case ColumnBuffer<bool> flags:
                        flags.Append(random.Next(2) == 0);
                        break;
                }
            }
        }
    }

    private static long Number(ColumnType type, int row, int shape, Random random)
    {
        (long least, long most) = type switch
        {
            ColumnType.Int16 => (short.MinValue, short.MaxValue),
            ColumnType.Int32 => (int.MinValue, int.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        return shape switch
        {
            0 => random.Next(2) == 0 ? least : most,
            1 => random.NextInt64(least, most),
            2 => row % 30000,
            3 => random.Next(5),
            _ => type == ColumnType.Int16 ? row % 1000 : 100_000L + (row * 512L) + random.Next(2),
        };
    }
}
