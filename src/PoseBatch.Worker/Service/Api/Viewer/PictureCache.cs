namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>Keeps the pictures that were asked for last, up to a number of bytes. Thread-safe.</summary>
internal sealed class PictureCache(long mostBytes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, byte[] Picture)>> _known = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, byte[] Picture)> _byUse = new();
    private long _bytes;

    /// <summary>The picture, or null.</summary>
    public byte[]? Find(string key)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(key, out LinkedListNode<(string Key, byte[] Picture)>? node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Picture;
        }
    }

    /// <summary>Keeps a picture; those that were not asked for longest make room.</summary>
    public void Add(string key, byte[] picture)
    {
        lock (_gate)
        {
            if (picture.Length > mostBytes || _known.ContainsKey(key))
            {
                return;
            }

            _known[key] = _byUse.AddFirst((key, picture));
            _bytes += picture.Length;
            while (_bytes > mostBytes)
            {
                (string oldest, byte[] gone) = _byUse.Last!.Value;
                _byUse.RemoveLast();
                _known.Remove(oldest);
                _bytes -= gone.Length;
            }
        }
    }
}
