/// One pass over all samples: sums and ranges of the columns of (z, y), about given centres.
struct ColumnSums {
  private var count = 0
  private var sums: [Double]
  private var squares: [Double]
  private var least: [Double]
  private var greatest: [Double]
  /// The largest magnitude of each column.
  private(set) var largest: [Double]
  private let samplingTime: Double
  private let columns: Int

  init(width: Int, over trajectories: [Trajectory], about centres: [Double]?) {
    sums = Array(repeating: 0, count: width)
    squares = sums
    least = Array(repeating: .infinity, count: width)
    greatest = Array(repeating: -.infinity, count: width)
    largest = sums
    samplingTime = trajectories[0].samplingTime
    columns = width - trajectories[0].stateNames.count
    let centres = centres ?? sums
    for trajectory in trajectories {
      count += trajectory.sampleCount
      trajectory.forEachSample { column, value in
        let deviation = value - centres[column]
        sums[column] += deviation
        squares[column] += deviation * deviation
        least[column] = min(least[column], value)
        greatest[column] = max(greatest[column], value)
        largest[column] = max(largest[column], value.magnitude)
      }
    }
  }

  var means: [Double] { sums.map { $0 / Double(count) } }

  var deviations: [Double] {
    zip(squares, sums).map { max(0, ($0 - $1 * $1 / Double(count)) / Double(count)).squareRoot() }
  }

  /// Whether a column's range is within the rounding of its values; a target's is that of its state's difference.
  func isConstant(_ column: Int, scaleOf state: Int) -> Bool { levels(column, scaleOf: state) <= 8 }

  /// A column's range in units of the rounding of its values.
  func levels(_ column: Int, scaleOf state: Int) -> Double {
    let rounding = Double.ulpOfOne * (column < columns ? largest[column] : largest[state] / samplingTime)
    let range = greatest[column] - least[column]
    // 0 / 0 of a column of zeros.
    return range <= 8 * rounding ? 0 : range / rounding
  }
}

extension Trajectory {
  /// Calls the closure with column and value for all n + m + n columns of (z, y) of every sample, in order.
  fileprivate func forEachSample(_ body: (Int, Double) -> Void) {
    let (n, m) = (stateNames.count, inputNames.count)
    states.withUnsafeBufferPointer { states in
      inputs.withUnsafeBufferPointer { inputs in
        for row in 0..<sampleCount {
          for lane in 0..<n { body(lane, states[row * n + lane]) }
          for lane in 0..<m { body(n + lane, inputs[row * m + lane]) }
          for lane in 0..<n {
            body(n + m + lane, (states[(row + 1) * n + lane] - states[row * n + lane]) / samplingTime)
          }
        }
      }
    }
  }
}
