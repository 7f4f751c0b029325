using System.Text.Json.Nodes;
using PoseBatch.Worker.Catalogue;

namespace PoseBatch.Catalogue;

/// <summary>What Python prints of values, and what only looks like it. The left sides are what Python 3 prints of the right ones.</summary>
public class PythonLiteralTests
{
    [Theory]
    [InlineData("{0: 'person', 1: \"driver's seat\"}", """{"0": "person", "1": "driver's seat"}""")]
    [InlineData("[640, 640]", "[640, 640]")]
    [InlineData("(17, 3)", "[17, 3]")]
    [InlineData("(1,)", "[1]")]
    [InlineData("{'batch': 1, 'nms': False, 'half': True, 'opset': None, 'x': -1.5e-3}", """{"batch": 1, "nms": false, "half": true, "opset": null, "x": -0.0015}""")]
    [InlineData(@"'a\tb\x41\u00e9\\'", "\"a\\tbA\u00e9\\\\\"")]
    [InlineData("""{"node_names": ["head", "tail"], "crop_size": null, "ok": true}""", """{"node_names": ["head", "tail"], "crop_size": null, "ok": true}""")]
    [InlineData("{}", "{}")]
    public void A_value_is_read(string text, string json) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), PythonLiteral.Read(text)));

    [Theory]
    [InlineData("")]
    [InlineData("person")]
    [InlineData("{0: 'person'")]
    [InlineData("{0: 'person'} x")]
    [InlineData("{0: 'a', 0: 'b'}")]
    [InlineData("{'a'}")]
    [InlineData("'open")]
    [InlineData(@"'\ud800'")]
    [InlineData(@"'\u12")]
    [InlineData("[1 2]")]
    [InlineData("1e999")]
    [InlineData("nan")]
    [InlineData("__import__('os')")]
    [InlineData("[[[[[[[[[[1]]]]]]]]]]")]
    public void What_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => PythonLiteral.Read(text));

    [Fact]
    public void A_text_of_ten_megabytes_is_not_even_begun()
    {
        FormatException refused = Assert.Throws<FormatException>(() => PythonLiteral.Read(new string('[', 10_000_000)));

        Assert.Equal("it has 10,000,000 characters, at most 65,536 are read", refused.Message);
    }
}
