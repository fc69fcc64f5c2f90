import DynamicalSystems
import ErrorCategories
import StudyFiles
import TrajectoryData

/// The trajectories of a dataset, and what became known of it when they were read.
package struct DatasetReading {
  package let trajectories: TrajectorySet
  /// The dataset with every file by its absolute path, and dialect, sampling time and format of times written out.
  package let resolved: DatasetDescription
  /// Remarks about the data, in sentences.
  package let notes: [String]
}

extension DatasetDescription {
  /// Simulates the trajectories on all cores, or reads them from files.
  ///
  /// - Parameter folder: the folder of the study file, from which relative paths start.
  /// - Throws: `DatasetPathError`, `TableError`, `RecordingError`, `TrajectoryError`, `TrajectorySetError`,
  ///   `SimulationError`: each says what is wrong where.
  package func read(relativeTo folder: String) throws -> DatasetReading {
    switch self {
    case .simulated(let dataset):
      DatasetReading(trajectories: try dataset.simulate(), resolved: self, notes: [])
    case .files(let dataset): try dataset.read(relativeTo: folder)
    }
  }

  /// The trajectories alone. See ``read(relativeTo:)``.
  package func trajectories(relativeTo folder: String) throws -> TrajectorySet {
    try read(relativeTo: folder).trajectories
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
  func read(relativeTo folder: String) throws -> DatasetReading {
    var dataset = try expanded(relativeTo: folder)
    var runs = RunReader(
      .init(
        states: states, inputs: inputs, samplingTime: samplingTime, time: time, resampling: resample,
        runColumn: trajectoryColumn, format: format, missing: missing, missingOutputs: missingOutputs))
    var parts: [TrajectorySet.Part: [Trajectory]] = [:]
    for part in [TrajectorySet.Part.training, .validation, .test] {
      for recording in dataset.recordings(of: part) {
        let read = try runs.read(recording, part: part, split: part == .training ? split : RunSplit())
        for (part, trajectory) in read { parts[part, default: []].append(trajectory) }
      }
    }
    let training = parts[.training, default: []]
    guard validationTrajectories < training.count else {
      throw HeldOutTrajectoriesError(wanted: validationTrajectories, found: training.count)
    }
    let set = try TrajectorySet(
      training: Array(training.dropLast(validationTrajectories)), test: parts[.test, default: []],
      validation: parts[.validation, default: []] + training.suffix(validationTrajectories), units: units)
    guard !set.test.isEmpty else { throw NoTestRowsError() }
    dataset.samplingTime = set.samplingTime
    dataset.time = runs.time
    dataset.write(runs.formats)
    return DatasetReading(trajectories: set, resolved: .files(dataset), notes: runs.notes)
  }

  /// Writes the dialects of the files, in the order in which they were read, into the dataset: once if all have the same.
  private mutating func write(_ formats: [(file: TableFormat, joined: TableFormat?)]) {
    var rest = formats[...]
    let isSame = formats.allSatisfy { $0.file == formats[0].file }
    if isSame { format = formats[0].file }
    func written(_ recordings: [Recording]) -> [Recording] {
      recordings.map { recording in
        var recording = recording
        let next = rest.removeFirst()
        recording.format = isSame ? nil : next.file
        recording.join?.format = next.joined
        return recording
      }
    }
    train = written(train)
    validation = written(validation)
    test = written(test)
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

/// The rows that are set aside for testing make no trajectory.
package struct NoTestRowsError: CategorizedError, Equatable {
  package var category: ErrorCategory { .badInput }
  package var description: String {
    "the rows that are set aside for testing make no trajectory of two rows with all values; "
      + "raise dataset.files.split.test, or give test files"
  }
}
