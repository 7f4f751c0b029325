namespace PoseBatch.Service;

/// <summary>Tests that take minutes: run by <c>./test --soak</c> only.</summary>
internal static class Soak
{
    /// <summary>Whether they are wanted.</summary>
    public static bool IsWanted => Environment.GetEnvironmentVariable("POSEBATCH_SOAK") == "1";

    /// <summary>Skips the running test unless they are wanted.</summary>
    public static void Require() => Assert.SkipUnless(IsWanted, "Takes minutes: ./test --soak");
}
