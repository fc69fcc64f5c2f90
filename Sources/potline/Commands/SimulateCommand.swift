import ArgumentParser
import DynamicalSystems
import EnsembleStudies
import Files
import Foundation
import Safetensors
import StudyRunning
import TrajectoryData

struct SimulateCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulates trajectories of a registered system.",
    discussion: """
      Writes DIR/train/trajectory-*.csv and DIR/test/trajectory-*.csv (columns t in seconds, the states, the inputs) and \
      the same numbers as DIR/dataset.safetensors. Trajectory k depends on the seed and k alone; they are those of a \
      study with the same numbers of steps and the same seed. A folder that has more trajectories than would be written is \
      refused, since a study would take them all.
      """)

  @Option(
    help: ArgumentHelp("The system, as listed by 'potline study systems'.", valueName: "name"))
  var system = SimulatedSystems.standard.name

  @Option(name: .shortAndLong, help: ArgumentHelp("Folder to write to (required).", valueName: "folder"))
  var output: String

  @Option(help: ArgumentHelp("Number of training trajectories.", valueName: "count"))
  var trajectories = 40

  @Option(help: ArgumentHelp("Number of test trajectories.", valueName: "count"))
  var testTrajectories = 0

  @Option(help: ArgumentHelp("Samples of each trajectory.", valueName: "count"))
  var steps = 5000

  @Option(help: "Seed of initial states, excitation and noise.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Standard deviations of normal noise on the states, one for each, separated by commas (default: the system's; 0).",
      valueName: "numbers"))
  var noise: String?

  @Flag(help: "Print nothing but errors (default: off).")
  var quiet = false

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output needs the name of a folder") }
    guard let known = SimulatedSystems.named(system) else {
      throw ValidationError(
        "--system: no system is called '\(system)'; there are "
          + SimulatedSystems.all.map(\.name).joined(separator: ", "))
    }
    if let noise {
      let deviations = noise.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
      guard deviations.count == known.states.count,
        deviations.allSatisfy({ $0.map { $0 >= 0 && $0.isFinite } ?? false })
      else {
        throw ValidationError(
          "--noise: expected \(known.states.count) numbers of at least 0, separated by commas, one for each state of "
            + "\(system); got '\(noise)'")
      }
    }
    guard trajectories >= 1 else { throw ValidationError("--trajectories must be at least 1") }
    guard testTrajectories >= 0 else { throw ValidationError("--test-trajectories can't be negative") }
    guard steps >= 2 else { throw ValidationError("--steps must be at least 2") }
  }

  func perform() throws {
    try refuseOthers(in: "\(output)/train", count: trajectories)
    try refuseOthers(in: "\(output)/test", count: testTrajectories)
    let set = try categorized(.failed) {
      try Simulation(
        of: SimulatedSystems.named(system) ?? SimulatedSystems.standard, seed: seed, rowCount: steps,
        measurementNoise: noise.map { $0.split(separator: ",").compactMap { Double($0) } }
      ).trajectories(training: trajectories, test: testTrajectories)
    }
    try categorized(.output) {
      try write(set.training, to: "\(output)/train")
      if !set.test.isEmpty { try write(set.test, to: "\(output)/test") }
      try AtomicFile.write(try DatasetFile.encoded(set), to: "\(output)/dataset.safetensors")
    }
    if !quiet {
      Console.result(
        "\(output): \(trajectories) training and \(testTrajectories) test trajectories of \(steps) samples")
    }
  }

  private func write(_ trajectories: [Trajectory], to folder: String) throws {
    try Folder.make(folder)
    for (trajectory, name) in zip(trajectories, Self.names(trajectories.count)) {
      try TrajectoryCSV.write(trajectory, to: "\(folder)/\(name)")
    }
  }

  private func refuseOthers(in folder: String, count: Int) throws {
    let own = Set(Self.names(count))
    let there = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let others = there.filter { $0.hasPrefix("trajectory-") && $0.hasSuffix(".csv") && !own.contains($0) }
    guard let first = others.min() else { return }
    throw CommandError(
      .output,
      "\(folder) has \(others.count) other trajectories already, such as \(first): remove them, or use another folder"
    )
  }

  private static func names(_ count: Int) -> [String] {
    let width = String(count - 1).count
    return (0..<count).map { index in
      let digits = String(index)
      return "trajectory-" + String(repeating: "0", count: width - digits.count) + digits + ".csv"
    }
  }
}
