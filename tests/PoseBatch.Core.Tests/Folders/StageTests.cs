using System.Reflection;
using PoseBatch.Pipeline;

namespace PoseBatch.Folders;

/// <summary>What Core and the stages of a pipeline may know (docs/architecture.md).</summary>
public class StageTests
{
    [Fact]
    public void Core_references_only_the_base_library()
    {
        string[] foreign = [.. typeof(VideoPipeline).Assembly.GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && name is not ("netstandard" or "mscorlib"))];

        Assert.Empty(foreign);
    }

    [Fact]
    public void Core_touches_no_file_no_socket_no_process_and_no_environment_variable()
    {
        // The metadata's own list of every member of another assembly that Core's code names.
        string[] forbidden = ["System.IO.File", "System.IO.Directory", "System.IO.FileStream", "System.Console", "System.Net", "System.Diagnostics.Process"];
        using FileStream file = File.OpenRead(typeof(VideoPipeline).Assembly.Location);
        using System.Reflection.PortableExecutable.PEReader image = new(file);
        System.Reflection.Metadata.MetadataReader metadata = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(image);
        string[] named = [.. metadata.TypeReferences.Select(handle => metadata.GetTypeReference(handle))
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}")];

        string[] members = [.. metadata.MemberReferences.Select(handle => metadata.GetString(metadata.GetMemberReference(handle).Name))];
        Assert.DoesNotContain(members, member => member is "GetEnvironmentVariable" or "get_UtcNow" or "get_Now");
        Assert.DoesNotContain(named, type => forbidden.Any(bad => type == bad || type.StartsWith(bad + ".", StringComparison.Ordinal)));
    }

    [Fact]
    public void No_stage_knows_another_stage()
    {
        Type[] stages = [typeof(DecodeStage), typeof(WriteStage)];
        foreach (Type stage in stages)
        {
            IEnumerable<Type> known = stage.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Select(field => field.FieldType)
                .Concat(stage.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType));

            Assert.DoesNotContain(known, type => type != stage && stages.Contains(type));
        }
    }
}
