import ErrorCategories

/// The trajectories of a study: some to train on, others to choose settings by, others to test on, all with the same
/// signals and sampling time.
package struct TrajectorySet: Sendable, Equatable {
  /// The trajectories to train on; at least one.
  package let training: [Trajectory]
  /// The trajectories to test on; perhaps none.
  package let test: [Trajectory]
  /// The trajectories by which settings are chosen; perhaps none.
  package let validation: [Trajectory]

  /// Units of signals, by name; perhaps of some only.
  package let units: [String: String]

  /// A set. Throws ``TrajectorySetError`` without a training trajectory, or if a trajectory's signals or sampling
  /// time differ from those of the first. O(trajectories).
  package init(
    training: [Trajectory], test: [Trajectory] = [], validation: [Trajectory] = [],
    units: [String: String] = [:]
  ) throws(TrajectorySetError) {
    guard let first = training.first else { throw .noTraining }
    for (part, trajectories) in [(Part.training, training), (.test, test), (.validation, validation)] {
      for (index, trajectory) in trajectories.enumerated() {
        let subject = trajectory.source ?? "\(part.rawValue) trajectory \(index)"
        guard trajectory.stateNames == first.stateNames, trajectory.inputNames == first.inputNames else {
          throw .signals(
            subject, trajectory.stateNames + trajectory.inputNames, first.stateNames + first.inputNames)
        }
        guard trajectory.samplingTime == first.samplingTime else {
          throw .samplingTime(subject, trajectory.samplingTime, first.samplingTime)
        }
      }
    }
    self.training = training
    self.test = test
    self.validation = validation
    self.units = units
  }

  /// The parts of a set.
  package enum Part: String, Sendable, CaseIterable {
    /// Trajectories to train on.
    case training
    /// Trajectories to test on.
    case test
    /// Trajectories to choose settings by.
    case validation
  }

  /// The trajectories of a part.
  package func trajectories(of part: Part) -> [Trajectory] {
    switch part {
    case .training: training
    case .test: test
    case .validation: validation
    }
  }

  /// The names of the n states.
  package var stateNames: [String] { training[0].stateNames }
  /// The names of the m inputs.
  package var inputNames: [String] { training[0].inputNames }
  /// The sampling time h (s).
  package var samplingTime: Double { training[0].samplingTime }
}

/// Why trajectories do not make a set.
package enum TrajectorySetError: CategorizedError, Equatable {
  /// There is nothing to train on.
  case noTraining
  /// A trajectory (first value) has other signals than the first training trajectory.
  case signals(String, [String], [String])
  /// A trajectory (first value) has another sampling time than the first training trajectory.
  case samplingTime(String, Double, Double)

  package var category: ErrorCategory { .badInput }

  package var description: String {
    switch self {
    case .noTraining:
      return "there is no training trajectory; give at least one"
    case .signals(let subject, let names, let expected):
      return "\(subject) has the signals \(names.joined(separator: ", ")), the first training trajectory has "
        + "\(expected.joined(separator: ", ")); all trajectories of a set need the same"
    case .samplingTime(let subject, let h, let expected):
      return "\(subject) has a sampling time of \(h) s, the first training trajectory \(expected) s; "
        + "all trajectories of a set need the same"
    }
  }
}
