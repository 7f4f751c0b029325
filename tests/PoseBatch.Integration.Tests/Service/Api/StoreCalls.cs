using System.Collections.Concurrent;
using System.Reflection;
using PoseBatch.Jobs;

namespace PoseBatch.Service.Api;

/// <summary>A store that counts what it is asked.</summary>
public class StoreCalls : DispatchProxy
{
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private IJobStore _store = null!;

    internal static IJobStore Before(IJobStore store)
    {
        IJobStore proxy = Create<IJobStore, StoreCalls>();
        ((StoreCalls)proxy)._store = store;
        return proxy;
    }

    internal int Of(string method) => _calls.GetValueOrDefault(method);

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _calls.AddOrUpdate(targetMethod!.Name, 1, (_, count) => count + 1);
        return targetMethod.Invoke(_store, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
