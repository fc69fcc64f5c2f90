import DynamicalSystems

extension DatasetDescription {
  /// The trajectories that are described: simulated on all cores, or read from files.
  ///
  /// - Parameter folder: the folder of the study file, from which relative paths start.
  /// - Throws: `DatasetPathError`, `CSVError`, `TrajectoryError`, `TrajectorySetError`, `CellSimulationError`: each says
  ///   what is wrong where.
  public func trajectories(relativeTo folder: String) throws -> TrajectorySet {
    switch self {
    case .simulated(let dataset): try dataset.simulate()
    case .files(let dataset): try dataset.read(relativeTo: folder)
    }
  }
}

extension SimulatedDataset {
  /// Training trajectories of `steps` rows and test trajectories of `testSteps` rows.
  func simulate() throws -> TrajectorySet {
    switch system {
    case .aluminiumCell:
      let training = try CellSimulation(seed: seed, rowCount: steps)
      let set = try training.trajectories(
        training: trajectories, test: steps == testSteps ? testTrajectories : 0)
      if steps == testSteps { return set }
      let test = try CellSimulation(seed: seed, rowCount: testSteps).trajectories(
        training: 1, test: testTrajectories)
      return try TrajectorySet(training: set.training, test: test.test)
    }
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
    return try TrajectorySet(training: all(train), test: all(test))
  }
}
