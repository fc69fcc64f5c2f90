import DynamicalSystems
import ErrorCategories
import StudyFiles
import TrajectoryData

extension DatasetDescription {
  /// The trajectories that are described: simulated on all cores, or read from files.
  ///
  /// - Parameter folder: the folder of the study file, from which relative paths start.
  /// - Throws: `DatasetPathError`, `CSVError`, `TrajectoryError`, `TrajectorySetError`, `SimulationError`: each says
  ///   what is wrong where.
  package func trajectories(relativeTo folder: String) throws -> TrajectorySet {
    switch self {
    case .simulated(let dataset): try dataset.simulate()
    case .files(let dataset): try dataset.read(relativeTo: folder)
    }
  }
}

extension SimulatedDataset {
  /// Training trajectories of `steps` rows, test and validation trajectories of `testSteps` rows.
  func simulate() throws -> TrajectorySet {
    func simulation(_ rows: Int) throws -> Simulation {
      try Simulation(of: system.system, seed: seed, rowCount: rows, measurementNoise: noiseOfStates)
    }
    let training = try simulation(steps)
    let isOne = steps == testSteps
    let set = try training.trajectories(
      training: trajectories, test: isOne ? testTrajectories : 0,
      validation: isOne ? validationTrajectories : 0)
    if isOne { return try measured(set) }
    let other = try simulation(testSteps).trajectories(
      training: 1, test: testTrajectories, validation: validationTrajectories)
    return try measured(
      TrajectorySet(training: set.training, test: other.test, validation: other.validation))
  }

  /// The noise on each state of the system; nil: the system's.
  private var noiseOfStates: [Double]? {
    guard let measurementNoise else { return nil }
    return system.system.states.map { state in
      outputNames.firstIndex(of: state.name).map { measurementNoise[$0] } ?? 0
    }
  }

  /// The trajectories with the measured states alone.
  private func measured(_ set: TrajectorySet) throws -> TrajectorySet {
    guard let outputs else { return set }
    func measured(_ trajectories: [Trajectory]) throws -> [Trajectory] {
      try trajectories.map { try $0.selecting(states: outputs) }
    }
    return try TrajectorySet(
      training: measured(set.training), test: measured(set.test), validation: measured(set.validation))
  }
}

extension FileDataset {
  func read(relativeTo folder: String) throws -> TrajectorySet {
    func all(_ entries: [String]) throws -> [Trajectory] {
      try DatasetPaths.files(entries, relativeTo: folder).flatMap { path in
        if let trajectoryColumn {
          return try TrajectoryCSV.read(
            path, trajectoryColumn: trajectoryColumn, states: states, inputs: inputs,
            samplingTime: samplingTime)
        }
        return [try TrajectoryCSV.read(path, states: states, inputs: inputs, samplingTime: samplingTime)]
      }
    }
    let training = try all(train)
    guard validationTrajectories < training.count else {
      throw HeldOutTrajectoriesError(wanted: validationTrajectories, found: training.count)
    }
    return try TrajectorySet(
      training: Array(training.dropLast(validationTrajectories)), test: all(test),
      validation: training.suffix(validationTrajectories))
  }
}

/// More trajectories are held out for validation than there are.
package struct HeldOutTrajectoriesError: CategorizedError, Equatable {
  let wanted: Int
  let found: Int

  package var category: ErrorCategory { .badInput }
  package var description: String {
    "\(wanted) of the training trajectories are to be held out for validation, but there are only \(found), and at "
      + "least one must be left to train on; lower dataset.files.validationTrajectories"
  }
}
