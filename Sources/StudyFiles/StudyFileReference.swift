import DynamicalSystems
import SparseNetworks

/// All keys of a study file, in the order in which they are documented and written.
///
/// The decoder accepts what is in this table and nothing else, takes its defaults from it, and suggests from it; the
/// printed documentation is made from it as well.
package enum StudyFileReference {
  /// Every key, parents before their children.
  package static let keys: [StudyFileKey] = top + simulated + files + defaults + variants + forecast

  /// The keys of the mapping at a path, `""` for the root; empty if there is no such mapping.
  package static func children(of path: String) -> [StudyFileKey] {
    childrenByParent[path] ?? []
  }

  /// The key at a path such as `variants[].epochs`.
  package static func key(at path: String) -> StudyFileKey? {
    keysByPath[path]
  }

  private static let childrenByParent = Dictionary(grouping: keys, by: \.parent)
  private static let keysByPath = Dictionary(uniqueKeysWithValues: keys.map { ($0.path, $0) })

  static let count = 1...1_000_000
  private static let samples = 2...100_000_000

  private static let top: [StudyFileKey] = [
    StudyFileKey("name", .name, .required, "Short name of the study, used in file names."),
    StudyFileKey("description", .text, .optional, "What the study is for."),
    StudyFileKey(
      "seed", .seed, .value("1"),
      "Seed from which the seed of every member is derived; another one repeats the study."),
    StudyFileKey(
      "members", .integer(count), .value("10"),
      "Members of each variant that does not give a number of its own."),
    StudyFileKey("dataset", .mapping, .required, "Where trajectories come from: either simulated or files."),
  ]

  private static let simulated: [StudyFileKey] = [
    StudyFileKey(
      "dataset.simulated", .mapping, .optional, "Simulate the trajectories of a known system."),
    StudyFileKey(
      "dataset.simulated.system", .choice(SystemName.all.map(\.rawValue)), .value(SystemName().rawValue),
      "The system that is simulated; see potline study systems."),
    StudyFileKey("dataset.simulated.trajectories", .integer(count), .value("40"), "Training trajectories."),
    StudyFileKey(
      "dataset.simulated.steps", .integer(samples), .value("5000"), unit: "samples",
      "Length of each training trajectory."),
    StudyFileKey("dataset.simulated.testTrajectories", .integer(count), .value("100"), "Test trajectories."),
    StudyFileKey(
      "dataset.simulated.testSteps", .integer(samples), .derived("the value of steps"), unit: "samples",
      "Length of each test trajectory."),
    StudyFileKey(
      "dataset.simulated.validationTrajectories", .integer(0...1_000_000), .value("0"),
      "Further trajectories, as long as the test trajectories, by which a penalty path chooses its weight."),
    StudyFileKey(
      "dataset.simulated.seed", .seed, .value("1"), "Seed of the initial states and of the excitation."),
  ]

  private static let files: [StudyFileKey] = [
    StudyFileKey(
      "dataset.files", .mapping, .optional, "Read the trajectories from CSV files with a header line."),
    StudyFileKey(
      "dataset.files.train", .list(of: .text, count: 1...Int.max), .required,
      "Training data: files, folders of .csv files, or patterns such as runs/*.csv, relative to the study file."
    ),
    StudyFileKey(
      "dataset.files.test", .list(of: .text, count: 1...Int.max), .required,
      "Test data, given in the same ways."),
    StudyFileKey(
      "dataset.files.states", .list(of: .text, count: 1...1024), .required, "Columns of the states, in order."
    ),
    StudyFileKey(
      "dataset.files.inputs", .list(of: .text, count: 0...1024), .value("[]"),
      "Columns of the inputs, in order."),
    StudyFileKey(
      "dataset.files.samplingTime", .number(.positive), .required, unit: "s", "Time from one row to the next."
    ),
    StudyFileKey(
      "dataset.files.trajectoryColumn", .text, .optional,
      "Column that tells the trajectories in a file apart; without it each file is one trajectory."),
    StudyFileKey(
      "dataset.files.validationTrajectories", .integer(0...1_000_000), .value("0"),
      "The last so many training trajectories are held out: a penalty path chooses its weight by them."),
  ]

  private static let defaults: [StudyFileKey] =
    [
      StudyFileKey(
        "defaults", .mapping, .optional,
        "Keys for all variants; a variant that gives the key itself replaces the whole value, mappings included."
      )
    ] + shared(under: "defaults", hidden: .optional)

  private static let variants: [StudyFileKey] =
    [
      StudyFileKey("variants", .mappings, .required, "The configurations to compare."),
      StudyFileKey("variants[].name", .name, .required, "Name of the variant, unique, used in file names."),
      StudyFileKey(
        "variants[].members", .integer(count), .derived("the study's members"),
        "Networks that are trained, each from its own seed."),
    ] + shared(under: "variants[]", hidden: .required)

  private static let forecast: [StudyFileKey] = [
    StudyFileKey("forecast", .mapping, .value("{}"), "How members are judged on the test trajectories."),
    StudyFileKey(
      "forecast.windows", .list(of: .list(of: .integer(0...Int.max), count: 2...2), count: 1...32),
      .derived("[[0, 100], [100, 2500], [2500, 5000], [0, 5000]], cut off at testSteps"), unit: "samples",
      "Windows [from, to) of the rolling forecast over which errors are averaged and blow-ups are counted."),
  ]
}
