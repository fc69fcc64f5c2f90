import DynamicalSystems
import ErrorCategories
import StudyFiles
import TrajectoryData

extension DatasetDescription {
  /// The trajectories that are described: simulated on all cores, or read from files.
  ///
  /// - Parameter folder: the folder of the study file, from which relative paths start.
  /// - Throws: `DatasetPathError`, `TableError`, `TrajectoryError`, `TrajectorySetError`, `SimulationError`: each says
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
    let system = system.system
    let training = try Simulation(of: system, seed: seed, rowCount: steps)
    let isOne = steps == testSteps
    let set = try training.trajectories(
      training: trajectories, test: isOne ? testTrajectories : 0,
      validation: isOne ? validationTrajectories : 0)
    if isOne { return set }
    let other = try Simulation(of: system, seed: seed, rowCount: testSteps).trajectories(
      training: 1, test: testTrajectories, validation: validationTrajectories)
    return try TrajectorySet(training: set.training, test: other.test, validation: other.validation)
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
