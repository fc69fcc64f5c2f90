import ReproducibleMath

/// The decadic logarithm, the same bits on every host.
func decadicLogarithm(_ x: Double) -> Double { Reproducible.log(x) / 2.302585092994046 }
