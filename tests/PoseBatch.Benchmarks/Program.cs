using System.Globalization;
using BenchmarkDotNet.Running;
using PoseBatch.Benchmarks;

// numpy [python3]: the parsers against baselines in NumPy, in one session.
if (args is ["numpy", .. string[] python])
{
    return AgainstNumPy.Run(python is [string named] ? named : "python3");
}

// result [minutes]: what the tables of a result cost.
if (args is ["result", .. string[] minutes])
{
    return ResultCost.Run(minutes is [string number] ? int.Parse(number, CultureInfo.InvariantCulture) : 1);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
