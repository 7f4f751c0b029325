using PoseBatch.Worker.Hosting;
using static PoseBatch.Folders.CompiledTypes;

namespace PoseBatch.Folders;

/// <summary>Which folder may name which, and how large a class may be (docs/architecture.md).</summary>
public sealed class FolderTests
{
    private const int MostFields = 16;
    private const int MostParameters = 6;

    private static readonly IReadOnlyList<TypeShape> Types = CompiledTypes.Read(
        Directory.GetFiles(AppContext.BaseDirectory, "PoseBatch.*.dll").Where(path => !Path.GetFileName(path).Contains("Tests", StringComparison.Ordinal))
            .Append(typeof(Settings).Assembly.Location)).All;

    [Fact]
    public void A_folder_names_only_the_folders_of_its_row()
    {
        ILookup<string, string> rows = FolderTable.Rows();
        string[] unasked =
        [
            .. Edges().Where(edge => !rows[edge.From.Namespace].Contains(edge.To.Namespace))
                .Select(edge => $"{edge.From.FullName} names {edge.To.FullName}: the row of {edge.From.Namespace} in FolderTable lacks {edge.To.Namespace}").Order(),
        ];

        Assert.True(unasked.Length == 0, string.Join('\n', unasked));
    }

    [Fact]
    public void The_table_has_no_row_and_no_word_that_nothing_needs()
    {
        ILookup<string, string> used = Edges().ToLookup(edge => edge.From.Namespace, edge => edge.To.Namespace);
        string[] needless = [.. FolderTable.Rows().SelectMany(row => row.Where(to => !used[row.Key].Contains(to)).Select(to => $"{row.Key} -> {to}"))];

        Assert.True(needless.Length == 0, string.Join('\n', needless));
    }

    [Fact]
    public void There_is_no_circle()
    {
        Dictionary<string, HashSet<string>> left = FolderTable.Rows().ToDictionary(row => row.Key, row => row.ToHashSet());
        while (left.Count > 0)
        {
            string[] free = [.. left.Where(row => !row.Value.Any(left.ContainsKey)).Select(row => row.Key)];
            Assert.True(free.Length > 0, "In circles: " + string.Join(", ", left.Keys.Order()));
            foreach (string folder in free)
            {
                left.Remove(folder);
            }
        }
    }

    [Fact]
    public void No_class_has_more_than_sixteen_fields_and_no_constructor_more_than_six_parameters()
    {
        string[] large =
        [
            .. Types.Where(type => type.Fields > MostFields || type.Parameters > MostParameters)
                .Select(type => $"{type.FullName}: {type.Fields} fields, {type.Parameters} parameters").Order(),
        ];

        Assert.True(large.Length == 0, string.Join('\n', large));
    }

    private static IEnumerable<(TypeShape From, TypeShape To)> Edges()
    {
        ILookup<string, TypeShape> ours = Types.ToLookup(type => type.FullName);
        return from type in Types
               from name in type.Names
               let named = ours[name].FirstOrDefault()
               where type.Namespace.Length > 0 && named is not null && named.Namespace != type.Namespace
               select (type, named);
    }
}
