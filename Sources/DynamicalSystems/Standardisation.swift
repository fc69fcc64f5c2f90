/// Means and standard deviations that bring the inputs and the targets of the learning problem to mean 0 and standard
/// deviation 1: the input is z_i = (x_i, u_i), n + m numbers, the target y_i = (x_{i+1} - x_i) / h, n numbers.
///
/// The standard deviation is that of the population (divided by the number of samples, as NumPy's default).
public struct Standardisation: Sendable, Equatable, Codable {
  /// Means of the n states and m inputs.
  public let inputMean: [Double]
  /// Standard deviations of the n states and m inputs; positive.
  public let inputDeviation: [Double]
  /// Means of the n targets (per second).
  public let targetMean: [Double]
  /// Standard deviations of the n targets (per second); positive.
  public let targetDeviation: [Double]

  /// The number n of states.
  public var stateCount: Int { targetMean.count }
  /// The number m of inputs of the system.
  public var inputCount: Int { inputMean.count - targetMean.count }
  /// The standard deviations of the n states, by which forecast errors are normalised.
  public var stateDeviation: ArraySlice<Double> { inputDeviation[..<stateCount] }

  /// The standardisation of all samples of the trajectories (every row but the last of each); at least one
  /// trajectory, all with the same signals.
  ///
  /// Two passes, the second correcting the rounding of the first, in the order of the rows: the same bits on every
  /// host. O(rows (n + m)).
  ///
  /// Throws ``StandardisationError`` if a column does not vary, or varies by rounding errors only.
  public init(of trajectories: [Trajectory]) throws(StandardisationError) {
    guard let first = trajectories.first else { throw .noTrajectory }
    let n = first.stateNames.count
    let columns = n + first.inputNames.count
    let means = ColumnSums(width: columns + n, over: trajectories, about: nil).means
    let sums = ColumnSums(width: columns + n, over: trajectories, about: means)
    for column in 0..<columns + n
    where sums.isConstant(column, scaleOf: column < columns ? column : column - columns) {
      let sources = Set(trajectories.map(\.source))
      let names = first.stateNames + first.inputNames
      throw .constant(
        column < columns ? .column(names[column]) : .rate(names[column - columns]),
        source: sources.count == 1 ? first.source : nil)
    }
    let deviations = sums.deviations
    let corrected = zip(means, sums.means).map { $0 + $1 }
    inputMean = Array(corrected[..<columns])
    inputDeviation = Array(deviations[..<columns])
    targetMean = Array(corrected[columns...])
    targetDeviation = Array(deviations[columns...])
  }
}

/// One pass over all samples: sums and ranges of the columns of (z, y), about given centres.
private struct ColumnSums {
  private var count = 0
  private var sums: [Double]
  private var squares: [Double]
  private var least: [Double]
  private var greatest: [Double]
  private var largest: [Double]
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
  func isConstant(_ column: Int, scaleOf state: Int) -> Bool {
    let rounding = 8 * Double.ulpOfOne * (column < columns ? largest[column] : largest[state] / samplingTime)
    return greatest[column] - least[column] <= rounding
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

/// Why trajectories cannot be standardised.
public enum StandardisationError: Error, Equatable, CustomStringConvertible {
  /// A column of a learning problem.
  public enum Column: Sendable, Equatable {
    /// A state or input.
    case column(String)
    /// The rate of change of a state.
    case rate(String)
  }

  /// There is no trajectory.
  case noTrajectory
  /// A column does not vary; with the source if all trajectories come from one.
  case constant(Column, source: String?)

  /// The text for people.
  public var description: String {
    switch self {
    case .noTrajectory:
      return "there is no trajectory to standardise; give at least one"
    case .constant(.column(let name), let source):
      return "\(source.map { "\($0): " } ?? "")\(name) is constant in the training trajectories; "
        + "leave the column out, or add trajectories in which it varies"
    case .constant(.rate(let name), let source):
      return
        "\(source.map { "\($0): " } ?? "")\(name) changes at a constant rate in the training trajectories; "
        + "leave the column out, or add trajectories in which its rate varies"
    }
  }
}
