import DynamicalSystems
import TrajectoryData

/// Where the trajectories of a study come from.
///
/// In JSON: an object with the one key `simulated` or `files`.
package enum DatasetDescription: Equatable, Sendable {
  /// Trajectories are simulated from a known system.
  case simulated(SimulatedDataset)
  /// Trajectories are read from tables of text.
  case files(FileDataset)

  /// Whether there are validation trajectories.
  package var hasValidation: Bool {
    switch self {
    case .simulated(let dataset): dataset.validationTrajectories > 0
    case .files(let dataset): dataset.hasValidation
    }
  }
}

/// A dataset that is simulated: the same description gives the same trajectories.
package struct SimulatedDataset: Codable, Equatable, Sendable {
  /// The system that is simulated.
  package var system: SystemName
  /// The states that are measured, by name and in order; all of them if nil.
  package var outputs: [String]?
  /// Standard deviations of the noise on the measured states, in their units; the system's if nil.
  package var measurementNoise: [Double]?
  /// Number of training trajectories.
  package var trajectories: Int
  /// Samples in each training trajectory; n samples give n − 1 training pairs.
  package var steps: Int
  /// Number of test trajectories.
  package var testTrajectories: Int
  /// Samples in each test trajectory.
  package var testSteps: Int
  /// Number of validation trajectories, as long as the test trajectories.
  package var validationTrajectories: Int
  /// Seed of initial states and excitation.
  package var seed: UInt64

  /// Makes a description; the defaults are those of the study file. `testSteps` of nil means `steps`.
  package init(
    system: SystemName = SystemName(), outputs: [String]? = nil, measurementNoise: [Double]? = nil,
    trajectories: Int = 40, steps: Int = 5000,
    testTrajectories: Int = 100, testSteps: Int? = nil, validationTrajectories: Int = 0,
    seed: UInt64 = 1
  ) {
    self.system = system
    self.outputs = outputs
    self.measurementNoise = measurementNoise
    self.trajectories = trajectories
    self.steps = steps
    self.testTrajectories = testTrajectories
    self.testSteps = testSteps ?? steps
    self.validationTrajectories = validationTrajectories
    self.seed = seed
  }
}

/// A dataset in tables of text.
package struct FileDataset: Codable, Equatable, Sendable {
  /// Training files: paths of files, of folders, or patterns such as `runs/*.csv`; relative to the study file.
  package var train: [Recording]
  /// Validation files, given in the same ways.
  package var validation: [Recording]
  /// Test files, given in the same ways.
  package var test: [Recording]
  /// Columns that hold the states, in order; or the outputs, where not all states are measured.
  package var states: [String]
  /// Whether the study file calls them outputs.
  package var namesOutputs: Bool
  /// Columns that hold the inputs, in order; empty for an autonomous system.
  package var inputs: [String]
  /// Units of signals, by name.
  package var units: [String: String]
  /// Time between two rows, in seconds; nil: from the column of times, or the step of resampling.
  package var samplingTime: Double?
  /// The column of times.
  package var time: TimeColumn?
  /// How rows at uneven times become even ones.
  package var resample: Resampling?
  /// How the end of each training run is set aside for validation and test.
  package var split: RunSplit
  /// Column whose value identifies the trajectory of a row; without it each file is one trajectory.
  package var trajectoryColumn: String?
  /// Number of training trajectories, the last ones, that are held out for validation.
  package var validationTrajectories: Int
  /// The dialect of the files.
  package var format: TableFormat
  /// Markers of missing values besides the usual ones.
  package var missing: [String]
  /// What happens where outputs are missing.
  package var missingOutputs: MissingOutputs

  /// Makes a description of files.
  package init(
    train: [Recording], validation: [Recording] = [], test: [Recording] = [], states: [String],
    namesOutputs: Bool = false,
    inputs: [String] = [], units: [String: String] = [:], samplingTime: Double? = nil,
    time: TimeColumn? = nil, resample: Resampling? = nil, split: RunSplit = RunSplit(),
    trajectoryColumn: String? = nil, validationTrajectories: Int = 0, format: TableFormat = TableFormat(),
    missing: [String] = [], missingOutputs: MissingOutputs = .cut
  ) {
    self.missingOutputs = missingOutputs
    (self.train, self.validation, self.test) = (train, validation, test)
    (self.states, self.inputs, self.units) = (states, inputs, units)
    self.namesOutputs = namesOutputs
    (self.samplingTime, self.time, self.resample) = (samplingTime, time, resample)
    (self.split, self.trajectoryColumn) = (split, trajectoryColumn)
    self.validationTrajectories = validationTrajectories
    (self.format, self.missing) = (format, missing)
  }

  /// Whether some rows are set aside to choose settings by.
  package var hasValidation: Bool {
    !validation.isEmpty || split.validation > 0 || validationTrajectories > 0
  }
}

extension SimulatedDataset {
  /// The names of the measured states.
  package var outputNames: [String] { outputs ?? system.system.states.map(\.name) }

  /// Standard deviations of the noise on the measured states, in their units.
  package var noiseOfOutputs: [Double] {
    if let measurementNoise { return measurementNoise }
    let (system, names) = (system.system, outputNames)
    return names.map { name in
      system.states.firstIndex { $0.name == name }.map { system.measurementNoise[$0] } ?? 0
    }
  }
}

extension DatasetDescription {
  /// Standard deviations of the noise on the outputs, in their units; nil of files, where it isn't known.
  package var measurementNoise: [Double]? {
    if case .simulated(let dataset) = self { dataset.noiseOfOutputs } else { nil }
  }
}

extension DatasetDescription: Codable {
  private enum CodingKeys: String, CodingKey {
    case simulated, files
  }

  /// Reads an object with the one key `simulated` or `files`.
  package init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    if object.contains(.simulated) {
      self = .simulated(try object.decode(SimulatedDataset.self, forKey: .simulated))
    } else {
      self = .files(try object.decode(FileDataset.self, forKey: .files))
    }
  }

  /// Writes an object with the one key `simulated` or `files`.
  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .simulated(let dataset): try object.encode(dataset, forKey: .simulated)
    case .files(let dataset): try object.encode(dataset, forKey: .files)
    }
  }
}
