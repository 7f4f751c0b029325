using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace PoseBatch.Folders;

/// <summary>
/// The types of our assemblies and what each of them names: base types, fields, signatures, attributes, and all that its code touches,
/// read from the metadata. A constant is copied where it is used and leaves no trace of where it came from. Types within a type, those
/// the compiler makes included, count as the type around them.
/// </summary>
internal sealed class CompiledTypes
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value & 0xffff, code => code.OperandType);

    private readonly List<TypeShape> _shapes = [];

    private CompiledTypes()
    {
    }

    /// <summary>One outermost type.</summary>
    /// <param name="Namespace">The namespace, which is its folder.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Fields">Fields of an object, captured parameters of the constructor included, those behind properties not.</param>
    /// <param name="Parameters">The most parameters of a constructor that is no record's.</param>
    /// <param name="Names">Full names of what it names.</param>
    public sealed record TypeShape(string Namespace, string Name, int Fields, int Parameters, IReadOnlySet<string> Names)
    {
        public string FullName => $"{Namespace}.{Name}";
    }

    /// <summary>All outermost types, by full name.</summary>
    public IReadOnlyList<TypeShape> All => _shapes;

    /// <summary>Reads assemblies.</summary>
    /// <param name="paths">Their files.</param>
    public static CompiledTypes Read(IEnumerable<string> paths)
    {
        CompiledTypes types = new();
        foreach (string path in paths)
        {
            using PEReader image = new(File.OpenRead(path));
            new AssemblyWalk(image).AddTo(types._shapes);
        }

        return types;
    }

    private sealed class AssemblyWalk(PEReader image) : ISignatureTypeProvider<object?, object?>
    {
        private readonly MetadataReader _metadata = image.GetMetadataReader();
        private HashSet<string> _names = [];

        public void AddTo(List<TypeShape> shapes)
        {
            foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
            {
                TypeDefinition type = _metadata.GetTypeDefinition(handle);
                if (!type.GetDeclaringType().IsNil || _metadata.GetString(type.Name).Contains('<', StringComparison.Ordinal))
                {
                    continue;
                }

                _names = [];
                Visit(handle);
                shapes.Add(new(_metadata.GetString(type.Namespace), Plain(type.Name), FieldsOf(type), ParametersOf(type), _names));
            }
        }

        private static bool IsOfProperty(string field) => field.EndsWith("k__BackingField", StringComparison.Ordinal);

        private string Plain(StringHandle name) => _metadata.GetString(name).Split('`')[0];

        private int FieldsOf(TypeDefinition type) => IsGenerated(type) ? 0 : type.GetFields().Select(_metadata.GetFieldDefinition)
            .Count(field => (field.Attributes & FieldAttributes.Static) == 0 && !IsOfProperty(_metadata.GetString(field.Name)));

        // The serializer's generator gives its classes a field for every type they write.
        private bool IsGenerated(TypeDefinition type) => type.BaseType is { Kind: HandleKind.TypeReference } known
            && _metadata.GetString(_metadata.GetTypeReference((TypeReferenceHandle)known).Name) == "JsonSerializerContext";

        private int ParametersOf(TypeDefinition type)
        {
            MethodDefinition[] methods = [.. type.GetMethods().Select(_metadata.GetMethodDefinition)];

            // A record is its parameters: what they are is said once, and they are named where it is made.
            return methods.Any(method => _metadata.GetString(method.Name) == "PrintMembers")
                ? 0
                : methods.Where(method => _metadata.GetString(method.Name) == ".ctor")
                    .Select(method => method.DecodeSignature(this, null).ParameterTypes.Length).DefaultIfEmpty().Max();
        }

        private void Visit(TypeDefinitionHandle handle)
        {
            TypeDefinition type = _metadata.GetTypeDefinition(handle);
            Name(type.BaseType);
            foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
            {
                Name(_metadata.GetInterfaceImplementation(implemented).Interface);
            }

            Visit(type.GetGenericParameters());
            foreach (FieldDefinition field in type.GetFields().Select(_metadata.GetFieldDefinition))
            {
                field.DecodeSignature(this, null);
            }

            foreach (MethodDefinition method in type.GetMethods().Select(_metadata.GetMethodDefinition))
            {
                method.DecodeSignature(this, null);
                Visit(method.GetGenericParameters());
                if (method.RelativeVirtualAddress != 0)
                {
                    Visit(image.GetMethodBody(method.RelativeVirtualAddress));
                }
            }

            foreach (CustomAttributeHandle attribute in type.GetCustomAttributes())
            {
                Name(_metadata.GetCustomAttribute(attribute).Constructor);
            }

            foreach (TypeDefinitionHandle nested in type.GetNestedTypes())
            {
                Visit(nested);
            }
        }

        private void Visit(GenericParameterHandleCollection parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in parameters.SelectMany(parameter => _metadata.GetGenericParameter(parameter).GetConstraints()))
            {
                Name(_metadata.GetGenericParameterConstraint(constraint).Type);
            }
        }

        private void Visit(MethodBodyBlock body)
        {
            if (!body.LocalSignature.IsNil)
            {
                _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, null);
            }

            foreach (ExceptionRegion region in body.ExceptionRegions)
            {
                Name(region.CatchType);
            }

            BlobReader code = body.GetILReader();
            while (code.RemainingBytes > 0)
            {
                int value = code.ReadByte();
                switch (Operands[value == 0xfe ? 0xfe00 | code.ReadByte() : value])
                {
                    case OperandType.InlineNone:
                        break;
                    case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                        code.ReadByte();
                        break;
                    case OperandType.InlineVar:
                        code.ReadInt16();
                        break;
                    case OperandType.InlineI8 or OperandType.InlineR:
                        code.ReadInt64();
                        break;
                    case OperandType.InlineSwitch:
                        int targets = code.ReadInt32();
                        code.Offset += 4 * targets;
                        break;
                    case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                        Name(MetadataTokens.EntityHandle(code.ReadInt32()));
                        break;
                    default:
                        code.ReadInt32();
                        break;
                }
            }
        }

        private void Name(EntityHandle handle)
        {
            if (handle.IsNil)
            {
                return;
            }

            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    TypeDefinition type = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
                    if (type.GetDeclaringType() is { IsNil: false } around)
                    {
                        Name(around);
                    }
                    else
                    {
                        _names.Add($"{_metadata.GetString(type.Namespace)}.{Plain(type.Name)}");
                    }

                    break;
                case HandleKind.TypeReference:
                    TypeReference reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
                    if (reference.ResolutionScope.Kind == HandleKind.TypeReference)
                    {
                        Name(reference.ResolutionScope);
                    }
                    else
                    {
                        _names.Add($"{_metadata.GetString(reference.Namespace)}.{Plain(reference.Name)}");
                    }

                    break;
                case HandleKind.TypeSpecification:
                    _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                    break;
                case HandleKind.MethodDefinition:
                    Name(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.FieldDefinition:
                    Name(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MemberReference:
                    MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                    Name(member.Parent);
                    break;
                case HandleKind.MethodSpecification:
                    MethodSpecification method = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    method.DecodeSignature(this, null);
                    Name(method.Method);
                    break;
                default:
                    break;
            }
        }

        object? ISignatureTypeProvider<object?, object?>.GetFunctionPointerType(MethodSignature<object?> signature) => null;

        object? ISignatureTypeProvider<object?, object?>.GetGenericMethodParameter(object? genericContext, int index) => null;

        object? ISignatureTypeProvider<object?, object?>.GetGenericTypeParameter(object? genericContext, int index) => null;

        object? ISignatureTypeProvider<object?, object?>.GetModifiedType(object? modifier, object? unmodifiedType, bool isRequired) => null;

        object? ISignatureTypeProvider<object?, object?>.GetPinnedType(object? elementType) => null;

        object? ISignatureTypeProvider<object?, object?>.GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            Name(handle);
            return null;
        }

        object? IConstructedTypeProvider<object?>.GetArrayType(object? elementType, ArrayShape shape) => null;

        object? IConstructedTypeProvider<object?>.GetByReferenceType(object? elementType) => null;

        object? IConstructedTypeProvider<object?>.GetGenericInstantiation(object? genericType, ImmutableArray<object?> typeArguments) => null;

        object? IConstructedTypeProvider<object?>.GetPointerType(object? elementType) => null;

        object? ISZArrayTypeProvider<object?>.GetSZArrayType(object? elementType) => null;

        object? ISimpleTypeProvider<object?>.GetPrimitiveType(PrimitiveTypeCode typeCode) => null;

        object? ISimpleTypeProvider<object?>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            Name(handle);
            return null;
        }

        object? ISimpleTypeProvider<object?>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            Name(handle);
            return null;
        }
    }
}
