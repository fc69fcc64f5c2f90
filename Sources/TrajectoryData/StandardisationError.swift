/// Why trajectories cannot be standardised.
package enum StandardisationError: Error, Equatable, CustomStringConvertible {
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

  /// The text for people.
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
    }
  }
}
