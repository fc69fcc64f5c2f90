/// One pass over all samples: sums and ranges of the columns of (z, y), about given centres.
struct ColumnSums {
  private struct Cell {
    var count = 0
    var sum = 0.0
    var square = 0.0
    var least = Double.infinity
    var greatest = -Double.infinity
    /// The largest magnitude.
    var largest = 0.0
    let centre: Double
  }

  private var cells: [Cell]
  private let samplingTime: Double
  private let columns: Int

  /// Sums of nothing; `width` columns, n of them targets.
  init(width: Int, states n: Int, samplingTime: Double, about centres: [Double]?) {
    cells = (0..<width).map { Cell(centre: centres?[$0] ?? 0) }
    self.samplingTime = samplingTime
    columns = width - n
  }

  init(width: Int, over trajectories: [Trajectory], about centres: [Double]?) {
    let first = trajectories[0]
    self.init(
      width: width, states: first.stateNames.count, samplingTime: first.samplingTime, about: centres)
    for trajectory in trajectories { trajectory.withView { add($0) } }
  }

  mutating func add(_ view: TrajectoryView) {
    cells.withUnsafeMutableBufferPointer { cells in
      view.forEachSample { column, value in
        let deviation = value - cells[column].centre
        cells[column].count += 1
        cells[column].sum += deviation
        cells[column].square += deviation * deviation
        cells[column].least = min(cells[column].least, value)
        cells[column].greatest = max(cells[column].greatest, value)
        cells[column].largest = max(cells[column].largest, value.magnitude)
      }
    }
  }

  var means: [Double] { cells.map { $0.count == 0 ? 0 : $0.sum / Double($0.count) } }

  var deviations: [Double] {
    cells.map { cell in
      let count = Double(max(1, cell.count))
      return max(0, (cell.square - cell.sum * cell.sum / count) / count).squareRoot()
    }
  }

  /// The largest magnitude of a column.
  func largest(_ column: Int) -> Double { cells[column].largest }

  /// Whether a column's range is within the rounding of its values; a target's is that of its state's difference.
  func isConstant(_ column: Int, scaleOf state: Int) -> Bool { levels(column, scaleOf: state) <= 8 }

  /// A column's range in units of the rounding of its values.
  func levels(_ column: Int, scaleOf state: Int) -> Double {
    let scale = column < columns ? cells[column].largest : cells[state].largest / samplingTime
    let rounding = Double.ulpOfOne * scale
    let range = cells[column].greatest - cells[column].least
    // 0 / 0 of a column of zeros.
    return range <= 8 * rounding ? 0 : range / rounding
  }
}
