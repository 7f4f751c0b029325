namespace PoseBatch.Models;

/// <summary>Why a provider is not used.</summary>
public sealed record ProviderRefusal(string Provider, string Reason);
