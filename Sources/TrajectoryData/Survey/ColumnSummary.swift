import Glibc

/// Numbers about a column, gathered in one pass in constant memory.
package struct ColumnSummary: Sendable {
  /// Values that are there.
  package private(set) var count = 0
  /// Missing values.
  package private(set) var missing = 0
  package private(set) var least = Double.infinity
  package private(set) var greatest = -Double.infinity
  package private(set) var mean = 0.0
  /// Values that equal the one before.
  package private(set) var repeats = 0
  /// The whole course, for a drawing.
  package private(set) var envelope = Envelope()
  private var squares = 0.0
  private var last = Double.nan
  private var leastCount = 0
  private var greatestCount = 0
  private var aboveLeast = Double.infinity
  private var belowGreatest = -Double.infinity

  /// Adds a value; NaN is missing.
  package mutating func add(_ value: Double) {
    envelope.add(value)
    guard !value.isNaN else {
      missing += 1
      return
    }
    count += 1
    let deviation = value - mean
    mean += deviation / Double(count)
    squares += deviation * (value - mean)
    if value == last { repeats += 1 }
    last = value
    addToEdges(value)
  }

  private mutating func addToEdges(_ value: Double) {
    if value < least {
      (aboveLeast, least, leastCount) = (least, value, 1)
    } else if value == least {
      leastCount += 1
    } else {
      aboveLeast = min(aboveLeast, value)
    }
    if value > greatest {
      (belowGreatest, greatest, greatestCount) = (greatest, value, 1)
    } else if value == greatest {
      greatestCount += 1
    } else {
      belowGreatest = max(belowGreatest, value)
    }
  }

  /// The standard deviation of the values (of the population); 0 without values.
  package var deviation: Double { count == 0 ? 0 : (max(0, squares) / Double(count)).squareRoot() }

  /// Whether all values are the same, or there are none.
  package var isConstant: Bool { count == 0 || least == greatest }

  /// An extreme that looks like a mark of missing values, such as -200 or 9999: a whole number that stands apart from all
  /// other values by at least a tenth of their range, and occurs at least five times and in 0.2 % of the rows, or is written
  /// as nines.
  package var suspiciousExtreme: (value: Double, count: Int)? {
    let edges = [
      (greatest, greatestCount, greatest - belowGreatest, belowGreatest - least),
      (least, leastCount, aboveLeast - least, greatest - aboveLeast),
    ]
    for (value, count, gap, range) in edges
    where value == value.rounded() && gap.isFinite && range.isFinite && range >= 0 && gap > 0 {
      let isOften = count >= 5 && 500 * count >= self.count && gap >= 0.1 * range && range > 0
      let isNines = [99, 999, 9999, 99_999, 999_999].contains(value.magnitude) && gap > range
      if isOften || isNines { return (value, count) }
    }
    return nil
  }

  /// The least and the greatest value of equal parts of the rows, at most 1,024.
  package struct Envelope: Sendable {
    /// Rows of a part.
    package private(set) var width = 1
    package private(set) var least: [Double] = []
    package private(set) var greatest: [Double] = []
    private var filled = 0

    fileprivate mutating func add(_ value: Double) {
      if filled == 0 {
        if least.count == 1024 { halve() }
        least.append(value)
        greatest.append(value)
      } else {
        let end = least.count - 1
        // A part with a missing value and others shows the others.
        least[end] = least[end].isNaN ? value : min(least[end], value.isNaN ? least[end] : value)
        greatest[end] = greatest[end].isNaN ? value : max(greatest[end], value.isNaN ? greatest[end] : value)
      }
      filled = (filled + 1) % width
    }

    private mutating func halve() {
      func pairs(_ values: [Double], _ choose: (Double, Double) -> Double) -> [Double] {
        stride(from: 0, to: values.count, by: 2).map { index in
          let (a, b) = (values[index], values[index + 1])
          return a.isNaN ? b : b.isNaN ? a : choose(a, b)
        }
      }
      least = pairs(least, min)
      greatest = pairs(greatest, max)
      width *= 2
    }
  }
}

/// Numbers about the course of signals, from their first rows.
package enum SignalMeasures {
  /// The step of which all differences of values are multiples; nil if there is none. O(n log n).
  package static func resolution(_ values: [Double]) -> Double? {
    let sorted = Set(values.lazy.filter { !$0.isNaN }).sorted()
    guard sorted.count > 2, let first = sorted.first, let last = sorted.last else { return nil }
    let steps = zip(sorted.dropFirst(), sorted).map { $0 - $1 }
    guard let step = steps.filter({ $0 > 1e-9 * (last - first) }).min() else { return nil }
    let isMultiple = sorted.allSatisfy { value in
      let multiple = (value - first) / step
      return abs(multiple - multiple.rounded()) < 0.05
    }
    // Floating-point numbers of any kind are multiples of something; a resolution shows in how often values return.
    guard isMultiple, (last - first) / step < 1e6, sorted.count < values.count else { return nil }
    return TimeAxis.rounded(step, digits: 4)
  }

  /// The ratio of signal to noise in dB: noise is a sixth of the mean square of second differences, as it is for white noise
  /// on a smooth signal; the rest of the variance is signal. Nil for fewer than ten values, without noise, or of a constant.
  package static func signalToNoise(_ values: [Double]) -> Double? {
    guard values.count >= 10, values.allSatisfy({ !$0.isNaN }) else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    var sum = 0.0
    for index in 1..<values.count - 1 {
      let second = values[index - 1] - 2 * values[index] + values[index + 1]
      sum += second * second
    }
    let noise = sum / Double(6 * (values.count - 2))
    // Squares of very large and very small values overflow and vanish.
    guard variance > 0, variance.isFinite, noise > 0, noise.isFinite else { return nil }
    return 10 * log10(max(variance - noise, noise * 1e-3) / noise)
  }

  /// The delay in rows, 0 to `longest`, at which an input is correlated most with an output, and the correlation there.
  /// Nil if one of them doesn't vary. O(rows x longest).
  package static func delay(
    of input: [Double], to output: [Double], longest: Int
  ) -> (rows: Int, correlation: Double)? {
    var best: (rows: Int, correlation: Double)?
    for lag in 0...max(0, min(longest, output.count - 10)) {
      var (n, sx, sy, sxx, syy, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
      for row in lag..<max(lag, output.count) {
        let (x, y) = (input[row - lag], output[row])
        guard !x.isNaN, !y.isNaN else { continue }
        (n, sx, sy) = (n + 1, sx + x, sy + y)
        (sxx, syy, sxy) = (sxx + x * x, syy + y * y, sxy + x * y)
      }
      let scale = (n * sxx - sx * sx) * (n * syy - sy * sy)
      guard n >= 10, scale > 0, scale.isFinite else { continue }
      let correlation = (n * sxy - sx * sy) / scale.squareRoot()
      if abs(correlation) > abs(best?.correlation ?? 0) { best = (lag, correlation) }
    }
    return best
  }
}
