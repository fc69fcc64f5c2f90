import ErrorCategories

/// Why trajectories cannot be standardised.
package enum StandardisationError: CategorizedError, Equatable {
  /// A column of a learning problem.
  package enum Column: Sendable, Equatable {
    /// A state or input.
    case column(String)
    /// The rate of change of a state.
    case rate(String)
  }

  /// There is no trajectory.
  case noTrajectory
  /// Numbers that are no standardisation.
  case invalid
  /// A column does not vary; with the source if all trajectories come from one.
  case constant(Column, source: String?)
  /// A column's values are so large or small that their squares overflow or vanish; with the largest magnitude.
  case range(Column, largest: Double, samplingTime: Double, source: String?)

  package var category: ErrorCategory { .badInput }

  package var description: String {
    switch self {
    case .noTrajectory:
      return "there is no trajectory to standardise; give at least one"
    case .invalid:
      return
        "a standardisation needs a finite mean and a positive, finite standard deviation for each state and "
        + "input and for each target, and as many targets as states"
    case .constant(.column(let name), let source):
      return "\(source.map { "\($0): " } ?? "")\(name) is constant in the training trajectories; "
        + "leave the column out, or add trajectories in which it varies"
    case .constant(.rate(let name), let source):
      return
        "\(source.map { "\($0): " } ?? "")\(name) changes at a constant rate in the training trajectories; "
        + "leave the column out, or add trajectories in which its rate varies"
    case .range(.column(let name), let largest, _, let source):
      return
        "\(source.map { "\($0): " } ?? "")\(name) has values up to \(largest), with which double-precision numbers can't "
        + "compute a deviation; write the column in a unit that brings them near 1"
    case .range(.rate(let name), let largest, let samplingTime, let source):
      return
        "\(source.map { "\($0): " } ?? "")the rate of \(name) is up to \(largest) a second with a sampling time of "
        + "\(samplingTime) s, with which double-precision numbers can't compute a deviation; "
        + "check the sampling time, or write the column in another unit"
    }
  }
}
