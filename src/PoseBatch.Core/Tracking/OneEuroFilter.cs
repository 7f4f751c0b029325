namespace PoseBatch.Tracking;

/// <summary>Constants of the smoothing (docs/spec, 9.3); the defaults are those of the published MoveNet package.</summary>
internal sealed record OneEuroOptions
{
    /// <summary>Hz assumed before two stamps are known.</summary>
    public double Frequency { get; init; } = 30;

    /// <summary>Hz of smoothing at rest.</summary>
    public double MinCutoff { get; init; } = 2.5;

    /// <summary>Hz more per unit of speed.</summary>
    public double Beta { get; init; } = 300;

    /// <summary>Hz of smoothing of the speed.</summary>
    public double DerivativeCutoff { get; init; } = 2.5;

    /// <summary>Jumps beyond it are damped, at rest.</summary>
    public double ThresholdCutoff { get; init; } = 0.5;

    /// <summary>And so much more per unit of speed.</summary>
    public double ThresholdBeta { get; init; } = 5;
}

/// <summary>Smooths one coordinate over time: slow movements strongly, fast ones hardly (docs/spec, 9.3).</summary>
internal sealed class OneEuroFilter(OneEuroOptions options)
{
    private double _frequency = options.Frequency;
    private double? _last;
    private double _lastRaw;
    private double? _speed;
    private long? _lastStamp;

    /// <summary>Smooths the next value; the first one passes.</summary>
    /// <param name="value">Normalised coordinate. NaN passes and leaves no trace.</param>
    /// <param name="microseconds">Its time; a stamp not larger than the last returns the value unchanged.</param>
    public double Apply(double value, long microseconds)
    {
        if (double.IsNaN(value) || microseconds <= _lastStamp)
        {
            return value;
        }

        if (_lastStamp is long lastStamp)
        {
            _frequency = 1 / ((microseconds - lastStamp) * 1e-6);
        }

        _lastStamp = microseconds;
        double speed = _last is null ? 0 : (value - _lastRaw) * _frequency;
        double alpha = Alpha(options.DerivativeCutoff);
        _speed = _speed is double lastSpeed ? lastSpeed + (alpha * (speed - lastSpeed)) : speed;

        double pace = Math.Abs(_speed.Value);
        double limit = options.ThresholdCutoff + (options.ThresholdBeta * pace);
        _last = _last is double last
            ? last + (Alpha(options.MinCutoff + (options.Beta * pace)) * limit * Math.Asinh((value - last) / limit))
            : value;
        _lastRaw = value;
        return _last.Value;
    }

    /// <summary>Forgets what was seen.</summary>
    public void Reset()
    {
        _frequency = options.Frequency;
        (_last, _speed, _lastStamp) = (null, null, null);
        _lastRaw = 0;
    }

    /// <summary>Writes all that later values depend on.</summary>
    public void Save(BinaryWriter state)
    {
        state.Write(_frequency);
        state.WriteOptional(_last);
        state.Write(_lastRaw);
        state.WriteOptional(_speed);
        state.WriteOptional(_lastStamp);
    }

    /// <summary>Takes the place of the filter that was saved.</summary>
    public void Restore(BinaryReader state)
    {
        _frequency = state.ReadDouble();
        _last = state.ReadOptionalDouble();
        _lastRaw = state.ReadDouble();
        _speed = state.ReadOptionalDouble();
        _lastStamp = state.ReadOptionalInt64();
    }

    private double Alpha(double cutoff) => 1 / (1 + (_frequency / (2 * Math.PI * cutoff)));
}
