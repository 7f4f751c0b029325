using System.Net;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Who can reach the address the service listens on, and whether that is allowed.</summary>
internal static class ServiceAddress
{
    /// <summary>Stops the start of a service that others could use without a key.</summary>
    /// <exception cref="SettingsException">The address is none, or is open to others and has no key; or the key cannot be one.</exception>
    public static void Check(ServiceSettings settings)
    {
        if (ApiKey.FaultOf(settings.ApiKey) is { } wrong)
        {
            throw new SettingsException([$"Service:ApiKey {wrong}"]);
        }

        foreach (string address in Parts(settings.Url))
        {
            if (Fault(address) is { } fault)
            {
                throw new SettingsException([$"Service:Url = {address}: {fault}"]);
            }

            if (!IsLoopback(address) && string.IsNullOrEmpty(settings.ApiKey))
            {
                throw new SettingsException(
                    [$"Service:Url = {address} can be reached by others, so Service:ApiKey must be set (POSEBATCH__Service__ApiKey); or listen on http://127.0.0.1 only."]);
            }
        }
    }

    /// <summary>Whether only this machine can reach it.</summary>
    public static bool IsLoopbackOnly(ServiceSettings settings) => Parts(settings.Url).All(IsLoopback);

    /// <summary>Whether a Host header's host names this machine itself.</summary>
    /// <param name="host">Without port; IPv6 in brackets; a name may end in the dot of a full one.</param>
    public static bool IsLocalName(string host)
    {
        string name = host.EndsWith('.') ? host[..^1] : host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
    }

    private static string? Fault(string address) => BindingAddressOf(address) switch
    {
        null => "must be an address such as http://127.0.0.1:8478.",
        { Scheme: "https" } => "the service speaks plain HTTP. Write http://, and put something that ends TLS before it.",
        { Scheme: not "http" } => "must begin with http://.",
        { Port: < 0 or > IPEndPoint.MaxPort } => $"the port must be 0 (any that is free) to {IPEndPoint.MaxPort}.",
        { PathBase.Length: > 0 } => "must end after the port: the page and the API lie at the root.",
        _ => null,
    };

    private static string[] Parts(string url) => url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string address) => BindingAddressOf(address) is { } binding && IsLocalName(binding.Host);

    // Kestrel's own reading of addresses: http://*:80 and http://+:80 are addresses, too.
    private static BindingAddress? BindingAddressOf(string address)
    {
        try
        {
            return BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
