import DynamicalSystems

/// Where the trajectories of a study come from.
///
/// In JSON: an object with the one key `simulated` or `files`.
package enum DatasetDescription: Equatable, Sendable {
  /// Trajectories are simulated from a known system.
  case simulated(SimulatedDataset)
  /// Trajectories are read from CSV files.
  case files(FileDataset)

  /// Number of validation trajectories.
  package var validationTrajectories: Int {
    switch self {
    case .simulated(let dataset): dataset.validationTrajectories
    case .files(let dataset): dataset.validationTrajectories
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

/// A dataset in CSV files with a header line.
package struct FileDataset: Codable, Equatable, Sendable {
  /// Training files: paths of files, of folders, or patterns such as `runs/*.csv`; relative to the study file.
  package var train: [String]
  /// Test files, given in the same ways.
  package var test: [String]
  /// Columns that hold the states, in order; or the outputs, where not all states are measured.
  package var states: [String]
  /// Whether the study file calls them outputs.
  package var namesOutputs: Bool
  /// Columns that hold the inputs, in order; empty for an autonomous system.
  package var inputs: [String]
  /// Time between two rows, in seconds.
  package var samplingTime: Double
  /// Column whose value identifies the trajectory of a row; without it each file is one trajectory.
  package var trajectoryColumn: String?
  /// Number of training trajectories, the last ones, that are held out for validation.
  package var validationTrajectories: Int

  /// Makes a description of CSV files.
  package init(
    train: [String], test: [String], states: [String], namesOutputs: Bool = false, inputs: [String] = [],
    samplingTime: Double,
    trajectoryColumn: String? = nil, validationTrajectories: Int = 0
  ) {
    self.train = train
    self.test = test
    self.states = states
    self.namesOutputs = namesOutputs
    self.inputs = inputs
    self.samplingTime = samplingTime
    self.trajectoryColumn = trajectoryColumn
    self.validationTrajectories = validationTrajectories
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
