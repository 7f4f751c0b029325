using BenchmarkDotNet.Running;
using PoseBatch.Benchmarks;

// numpy [python3]: the parsers against baselines in NumPy, in one session.
if (args is ["numpy", .. string[] python])
{
    return AgainstNumPy.Run(python is [string named] ? named : "python3");
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
