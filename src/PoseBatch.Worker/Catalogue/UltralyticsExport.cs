using System.Text.Json.Nodes;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// The metadata of networks that were exported by Ultralytics' program: <c>task</c>, <c>names</c> (of classes), <c>imgsz</c>,
/// <c>kpt_shape</c>, <c>kpt_names</c>, <c>license</c>, <c>author</c> and others, each as Python prints it (after its public documentation).
/// </summary>
internal sealed class UltralyticsExport
{
    private const string Pose = "pose", Detect = "detect", PersonClass = "decoder.person_class";
    private const int BoxNumbers = 4, FoundNumbers = 6, JointNumbers = 3;

    private readonly string _name;
    private readonly ExportTexts _texts;
    private readonly ModelTensors _tensors;
    private readonly string _task;
    private readonly List<KeyValuePair<string, JsonNode>> _fields = [];

    private UltralyticsExport(string name, ExportTexts texts, ModelTensors tensors, string task) =>
        (_name, _texts, _tensors, _task) = (name, texts, tensors, task);

    /// <summary>What it wrote; null when the file is none of its.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: as <see cref="ExportFacts.Of"/>.</exception>
    public static ExportFacts? Read(string name, IReadOnlyDictionary<string, string> metadata, ModelTensors tensors, IEnumerable<string> given)
    {
        ExportTexts texts = new(metadata);
        return texts.Has("task") && texts.Has("names")
            ? new UltralyticsExport(name, texts, tensors, texts.Words("task") ?? "").Facts(isPersonGiven: given.Contains(PersonClass))
            : null;
    }

    private ExportFacts Facts(bool isPersonGiven)
    {
        if (_task is not (Pose or Detect))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch, $"{_name} says of itself that its task is '{_task}'.", $"Networks for the tasks {Pose} and {Detect} are run here.");
        }

        string[]? classes = _texts.Value("names", ExportTexts.Names);
        int? joints = _task == Pose ? Joints() : 0;
        AddLicence();
        AddSize();
        if (_task == Detect && classes is { Length: > 0 } && !isPersonGiven)
        {
            AddPerson(classes);
        }

        string? shape = classes is { Length: > 0 } && joints is { } count ? Shape(classes.Length, count) : null;
        return new("Ultralytics", shape, _fields, _texts.Notes);
    }

    private void Add(string path, JsonNode value) => _fields.Add(KeyValuePair.Create(path, value));

    private int? Joints()
    {
        if (_texts.Value("kpt_shape", ExportTexts.Whole) is not [> 0 and int count, int numbers])
        {
            return null;
        }

        if (numbers != JointNumbers)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"{_name} says of itself that a joint has {numbers} numbers (kpt_shape); {JointNumbers} are read here: x, y and confidence.",
                "Train it with the visibility of joints, and export it again.");
        }

        // The names of one class stand for all: a table has one skeleton.
        string[]? names = _texts.Value("kpt_names", node => ExportTexts.Joints(node is JsonObject perClass ? perClass.FirstOrDefault().Value : node));
        if (names is not null && names.Length != count)
        {
            _texts.Note($"'kpt_names' is left out: it has {names.Length} names for {count} joints.");
            names = null;
        }

        if (names is not null && names.SequenceEqual(Skeletons.Coco17.Keypoints))
        {
            Add("skeleton", Skeletons.Coco17.Name);
        }
        else if (names is not null || count != Skeletons.Coco17.KeypointCount)
        {
            names ??= [.. Enumerable.Range(0, count).Select(joint => $"joint_{joint}")];
            Add("skeleton", new JsonObject
            {
                ["name"] = _name,
                ["keypoints"] = new JsonArray([.. names.Select(joint => JsonValue.Create(joint))]),
                ["edges"] = new JsonArray(),
                ["swap"] = new JsonArray(),
            });
        }

        return count;
    }

    private void AddLicence()
    {
        if (_texts.Words("license") is { } licence)
        {
            Add("licence", licence.Split(' ')[0]);
            _texts.Note($"Its licence in its own words: {licence}.");
        }

        string[] origin = [.. new[] { _texts.Words("author"), _texts.Words("description"), _texts.Words("version") }.OfType<string>()];
        if (origin.Length > 0)
        {
            Add("origin", string.Join(", ", origin));
        }
    }

    // What the tensor says goes over what the exporter was told.
    private void AddSize()
    {
        if (ExportFacts.HasFreeSize(_tensors) && _texts.Value("imgsz", ExportTexts.Whole) is [int height, int width])
        {
            Add("input.width", width);
            Add("input.height", height);
        }
    }

    private void AddPerson(string[] classes)
    {
        int person = Array.FindIndex(classes, name => name.Equals("person", StringComparison.OrdinalIgnoreCase));
        if (person < 0 && classes.Length > 1)
        {
            string some = Printable.Of(string.Join(", ", classes.Take(10)));
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"{_name} says of itself that it finds {some}{(classes.Length > 10 ? $" and {classes.Length - 10} more" : "")}: none of them is 'person'.",
                $"Say which of them is to be looked for, counted from 0: --set {PersonClass}=N.");
        }

        Add(PersonClass, Math.Max(person, 0));
        if (person < 0)
        {
            _texts.Note($"Its only class, '{Printable.Of(classes[0])}', is taken for whom to look for.");
        }
    }

    // Whether the network has suppressed already shows in the form of its output.
    private string? Shape(int classCount, int jointCount)
    {
        if (_tensors.Outputs is not [{ Dimensions: [_, int rows, int columns] } output, ..])
        {
            return null;
        }

        int raw = BoxNumbers + classCount + (JointNumbers * jointCount), found = FoundNumbers + (JointNumbers * jointCount);
        bool mayBeRaw = rows <= 0 || rows == raw, mayBeFound = columns <= 0 || columns == found;
        if (!mayBeRaw && !mayBeFound)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"{_name} says of itself that it has {classCount} classes and {jointCount} joints, so {raw} rows or {found} columns, but its output is {output}.",
                "Its metadata belong to another network, or it was changed since. Describe it with a model.json (docs/models.md).");
        }

        bool isFound = mayBeFound && (!mayBeRaw || _texts.Words("end2end") == "True");
        return $"ultralytics-{_task}{(isFound ? "-end-to-end" : "")}";
    }
}
