/// Means and standard deviations that bring the inputs and the targets of the learning problem to mean 0 and standard
/// deviation 1: the input is z_i = (x_i, u_i), n + m numbers, the target y_i = (x_{i+1} - x_i) / h, n numbers.
///
/// The standard deviation is that of the population (divided by the number of samples, as NumPy's default).
package struct Standardisation: Sendable, Equatable {
  /// Means of the n states and m inputs.
  package let inputMean: [Double]
  /// Standard deviations of the n states and m inputs; positive.
  package let inputDeviation: [Double]
  /// Means of the n targets (per second).
  package let targetMean: [Double]
  /// Standard deviations of the n targets (per second); positive.
  package let targetDeviation: [Double]

  /// The number n of states.
  package var stateCount: Int { targetMean.count }
  /// The number m of inputs of the system.
  package var inputCount: Int { inputMean.count - targetMean.count }
  /// The standard deviations of the n states, by which forecast errors are normalised.
  package var stateDeviation: ArraySlice<Double> { inputDeviation[..<stateCount] }

  /// A standardisation from its numbers, as read from a file: n + m of the inputs, n of the targets.
  ///
  /// Throws ``StandardisationError/invalid`` if the counts do not fit, a number is not finite, or a standard
  /// deviation is not positive.
  package init(
    inputMean: [Double], inputDeviation: [Double], targetMean: [Double], targetDeviation: [Double]
  ) throws(StandardisationError) {
    guard inputMean.count == inputDeviation.count, targetMean.count == targetDeviation.count,
      !targetMean.isEmpty, targetMean.count <= inputMean.count,
      (inputMean + targetMean).allSatisfy(\.isFinite),
      (inputDeviation + targetDeviation).allSatisfy({ $0 > 0 && $0.isFinite })
    else { throw .invalid }
    self.inputMean = inputMean
    self.inputDeviation = inputDeviation
    self.targetMean = targetMean
    self.targetDeviation = targetDeviation
  }

  /// The standardisation in which a squared error of a target counts its weight: its standard deviation divided by the root
  /// of the weight.
  ///
  /// Training on such targets is training on all errors in standard deviations with these weights; a Huber loss is then
  /// linear from delta / sqrt(weight) on. A prediction of the network is the same multiple of ``targetDeviation`` as ever.
  /// - Precondition: n weights greater than 0, or nil.
  package func weighted(_ weights: [Double]?) throws(StandardisationError) -> Standardisation {
    guard let weights else { return self }
    precondition(weights.count == stateCount)
    return try Standardisation(
      inputMean: inputMean, inputDeviation: inputDeviation, targetMean: targetMean,
      targetDeviation: zip(targetDeviation, weights).map { $0 / $1.squareRoot() })
  }

  /// The standardisation of all samples of the trajectories (every row but the last of each); at least one
  /// trajectory, all with the same signals.
  ///
  /// Two passes, the second correcting the rounding of the first, in the order of the rows: the same bits on every
  /// host. O(rows (n + m)).
  ///
  /// An input of the system that does not vary has the standard deviation 1, so that it is 0 in all samples; see
  /// ``constantInputs(of:)``.
  ///
  /// Throws ``StandardisationError`` if a state or its rate does not vary, or varies by rounding errors only, or if values
  /// are so large or small that their squares overflow or vanish.
  package init(of trajectories: [Trajectory]) throws(StandardisationError) {
    guard let first = trajectories.first else { throw .noTrajectory }
    let width = 2 * first.stateNames.count + first.inputNames.count
    let means = ColumnSums(width: width, over: trajectories, about: nil).means
    try self.init(
      states: first.stateNames, inputs: first.inputNames, samplingTime: first.samplingTime,
      source: Self.source(of: trajectories), means: means,
      ColumnSums(width: width, over: trajectories, about: means))
  }

  /// As above, of trajectories where they lie, with the names of their signals.
  package init(
    of views: [TrajectoryView], states: [String], inputs: [String]
  ) throws(StandardisationError) {
    guard let first = views.first else { throw .noTrajectory }
    func sums(about centres: [Double]?) -> ColumnSums {
      var sums = ColumnSums(
        width: 2 * states.count + inputs.count, states: states.count, samplingTime: first.samplingTime,
        about: centres)
      for view in views { sums.add(view) }
      return sums
    }
    let means = sums(about: nil).means
    try self.init(
      states: states, inputs: inputs, samplingTime: first.samplingTime, source: nil, means: means,
      sums(about: means))
  }

  private init(
    states: [String], inputs: [String], samplingTime: Double, source: String?, means: [Double],
    _ sums: ColumnSums
  ) throws(StandardisationError) {
    let n = states.count
    let columns = n + inputs.count
    var deviations = sums.deviations
    for column in 0..<columns + n
    where sums.isConstant(column, scaleOf: column < columns ? column : column - columns) {
      if (n..<columns).contains(column) {
        deviations[column] = 1
        continue
      }
      throw .constant(
        column < n ? .column(states[column]) : .rate(states[column - columns]), source: source)
    }
    for column in 0..<columns + n
    where !(deviations[column] >= Self.range.lowerBound && deviations[column] <= Self.range.upperBound)
      || !means[column].isFinite
    {
      let name = (states + inputs + states)[column]
      let place: StandardisationError.Column = column < columns ? .column(name) : .rate(name)
      throw .range(
        place, largest: sums.largest(column), samplingTime: samplingTime, source: source)
    }
    let corrected = zip(means, sums.means).map { $0 + $1 }
    inputMean = Array(corrected[..<columns])
    inputDeviation = Array(deviations[..<columns])
    targetMean = Array(corrected[columns...])
    targetDeviation = Array(deviations[columns...])
  }

  /// Standard deviations with which nothing overflows or loses digits on the way to float32 and back.
  private static let range = 1e-120...1e120

  private static func source(of trajectories: [Trajectory]) -> String? {
    Set(trajectories.map(\.source)).count == 1 ? trajectories[0].source : nil
  }

  /// A column whose values have only few digits that vary.
  package struct CoarseColumn: Sendable, Equatable, CustomStringConvertible {
    package let column: StandardisationError.Column
    /// Steps of float64 in the range of the values.
    package let levels: Double
    /// The file, if all trajectories come from one.
    package let source: String?

    package var description: String {
      let subject =
        switch column {
        case .column(let name): name
        case .rate(let name): "the rate of \(name)"
        }
      return
        "\(source.map { "\($0): " } ?? "")\(subject) varies by only \(Int(levels)) steps of a double-precision number: "
        + "most of its digits are lost; subtract the constant part before the data is written"
    }
  }

  /// Columns of which fewer than a million values can be told apart: their variation is near the rounding of their values.
  /// At least one trajectory. O(rows (n + m)).
  package static func coarseColumns(of trajectories: [Trajectory]) -> [CoarseColumn] {
    guard let first = trajectories.first else { return [] }
    let (n, m) = (first.stateNames.count, first.inputNames.count)
    let sums = ColumnSums(width: 2 * n + m, over: trajectories, about: nil)
    return (0..<2 * n + m).compactMap { column in
      let isRate = column >= n + m
      let levels = sums.levels(column, scaleOf: isRate ? column - n - m : column)
      guard levels > 8, levels < 1e6 else { return nil }
      return CoarseColumn(
        column: isRate
          ? .rate(first.stateNames[column - n - m]) : .column((first.stateNames + first.inputNames)[column]),
        levels: levels, source: source(of: trajectories))
    }
  }

  /// The inputs of the system that do not vary over all samples of the trajectories (at least one), by name: what is
  /// trained on these learns nothing of how they act. O(rows (n + m)).
  package static func constantInputs(of trajectories: [Trajectory]) -> [String] {
    guard let first = trajectories.first else { return [] }
    let n = first.stateNames.count
    let sums = ColumnSums(
      width: 2 * n + first.inputNames.count, over: trajectories, about: nil)
    return first.inputNames.indices.filter { sums.isConstant(n + $0, scaleOf: n + $0) }
      .map { first.inputNames[$0] }
  }
}
