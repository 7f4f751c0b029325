using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>
/// Starts every child from one thread that lives as long as the process. The kernel sends a child its "parent died"
/// signal when the <em>thread</em> that started it ends, and a thread of the pool may end at any time.
/// </summary>
internal static class ChildStarter
{
    private static readonly BlockingCollection<Order> Orders = StartThread();

    public static Process Start(ProcessStartInfo info)
    {
        Order order = new(info);
        Orders.Add(order);
        order.Done.Wait();
        order.Failure?.Throw();
        return order.Process!;
    }

    private static BlockingCollection<Order> StartThread()
    {
        BlockingCollection<Order> orders = [];
        Thread thread = new(() => Run(orders)) { IsBackground = true, Name = "ffmpeg starter" };
        thread.Start();
        return orders;
    }

    private static void Run(BlockingCollection<Order> orders)
    {
        foreach (Order order in orders.GetConsumingEnumerable())
        {
            try
            {
                order.Process = Process.Start(order.Info);
            }
            catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException or InvalidOperationException)
            {
                order.Failure = ExceptionDispatchInfo.Capture(failure);
            }

            order.Done.Set();
        }
    }

    private sealed class Order(ProcessStartInfo info)
    {
        public ProcessStartInfo Info { get; } = info;

        public Process? Process { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }

        public ManualResetEventSlim Done { get; } = new();
    }
}
