/// One pass over all samples: sums and ranges of the columns of (z, y), about given centres.
struct ColumnSums {
  private var counts: [Int]
  private var sums: [Double]
  private var squares: [Double]
  private var least: [Double]
  private var greatest: [Double]
  /// The largest magnitude of each column.
  private(set) var largest: [Double]
  private let samplingTime: Double
  private let columns: Int
  private let centres: [Double]

  /// Sums of nothing; `width` columns, n of them targets.
  init(width: Int, states n: Int, samplingTime: Double, about centres: [Double]?) {
    counts = Array(repeating: 0, count: width)
    sums = Array(repeating: 0, count: width)
    squares = sums
    least = Array(repeating: .infinity, count: width)
    greatest = Array(repeating: -.infinity, count: width)
    largest = sums
    self.samplingTime = samplingTime
    columns = width - n
    self.centres = centres ?? sums
  }

  init(width: Int, over trajectories: [Trajectory], about centres: [Double]?) {
    let first = trajectories[0]
    self.init(
      width: width, states: first.stateNames.count, samplingTime: first.samplingTime, about: centres)
    for trajectory in trajectories { trajectory.withView { add($0) } }
  }

  mutating func add(_ view: TrajectoryView) {
    view.forEachSample { column, value in
      let deviation = value - centres[column]
      counts[column] += 1
      sums[column] += deviation
      squares[column] += deviation * deviation
      least[column] = min(least[column], value)
      greatest[column] = max(greatest[column], value)
      largest[column] = max(largest[column], value.magnitude)
    }
  }

  var means: [Double] { zip(sums, counts).map { $1 == 0 ? 0 : $0 / Double($1) } }

  var deviations: [Double] {
    sums.indices.map { column in
      let count = Double(max(1, counts[column]))
      return max(0, (squares[column] - sums[column] * sums[column] / count) / count).squareRoot()
    }
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
