namespace PoseBatch.Models;

/// <summary>
/// Whether what the networks gave for one frame was numbers. Parsers take NaN for "nothing there", as they must; a network that
/// gives nothing else would look like a video without people.
/// </summary>
internal sealed class OutputFinding
{
    private bool _isBlind;
    private int _soundCount;
    private int _voidCount;

    /// <summary>The first output with NaN or infinity, in words; null when there was none.</summary>
    public string? Culprit { get; private set; }

    /// <summary>The frame was not looked at: nobody found means nothing.</summary>
    public bool IsVoid => _isBlind || (_voidCount > 0 && _soundCount == 0);

    /// <summary>The network that finds joints gave numbers. Neither this nor <see cref="IsVoid"/> when it was not asked, as a detector found nobody.</summary>
    public bool IsSound => !_isBlind && _soundCount > 0;

    /// <summary>Forgets everything.</summary>
    public void Clear() => (_isBlind, _soundCount, _voidCount, Culprit) = (false, 0, 0, null);

    /// <summary>An output holds NaN or infinity.</summary>
    public void Blame(string output) => Culprit ??= output;

    /// <summary>The network that finds joints has looked at the frame, or at one person in it.</summary>
    /// <param name="isVoid">One of its outputs held no number at all.</param>
    public void CountImage(bool isVoid)
    {
        _voidCount += isVoid ? 1 : 0;
        _soundCount += isVoid ? 0 : 1;
    }

    /// <summary>The network that finds people gave no numbers, so that nobody was looked for.</summary>
    public void SetBlind() => _isBlind = true;
}
