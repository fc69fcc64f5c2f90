import Foundation
import Testing

/// The built program, run as a user would.
struct Program {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Beside the test bundle.
  static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
    .appendingPathComponent("potline").path

  /// Runs to the end; a run of more than `limit` seconds is killed and fails the test.
  @discardableResult
  static func run(_ arguments: String..., in folder: TestFolder, limit: Double = 120) throws -> Result {
    let running = try start(arguments, in: folder)
    return try running.wait(limit: limit)
  }

  static func start(
    _ arguments: [String], environment: [String: String] = [:], in folder: TestFolder,
    folder inner: String? = nil,
    output: String? = nil, fileLimit: Int? = nil
  ) throws -> RunningProgram {
    try RunningProgram(
      arguments, in: folder, folder: inner, environment: environment, output: output, fileLimit: fileLimit)
  }
}

/// The program while it runs. Its output goes to files, so that no pipe can fill up.
final class RunningProgram {
  let process = Process()
  private let files: (output: String, errors: String)
  /// The standard error of a program that can't write files.
  private let limited: Pipe?

  /// - Parameters:
  ///   - arguments: Those of the program.
  ///   - folder: The folder of the test.
  ///   - inner: The current folder in it. Default: itself.
  ///   - environment: Variables besides this process's own; an empty text removes one.
  ///   - input: Its standard input. Default: empty.
  ///   - output: The file that is its standard output, such as /dev/full. Default: one that `output` reads.
  ///   - fileLimit: The largest size of a file that it may write, in units of 512 bytes. Default: no limit.
  init(
    _ arguments: [String], in folder: TestFolder, folder inner: String? = nil,
    environment: [String: String] = [:], input: Pipe? = nil, output: String? = nil, fileLimit: Int? = nil
  ) throws {
    let name = UUID().uuidString
    files = (folder / "\(name).out", folder / "\(name).err")
    for file in [files.output, files.errors] {
      _ = FileManager.default.createFile(atPath: file, contents: nil)
    }
    if let fileLimit {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments =
        ["-c", "ulimit -f \(fileLimit); exec \"$@\"", "sh", Program.path] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .filter { environment[$0.key] != "" }
    process.currentDirectoryURL = URL(fileURLWithPath: inner.map { folder / $0 } ?? folder.path)
    process.standardInput = input ?? FileHandle.nullDevice as Any
    let ownOutput = FileHandle(forWritingAtPath: output ?? files.output)
    process.standardOutput = ownOutput
    // The limit must not hold for its own messages.
    limited = fileLimit == nil ? nil : Pipe()
    let ownErrors = limited == nil ? FileHandle(forWritingAtPath: files.errors) : nil
    process.standardError = limited ?? ownErrors as Any
    try process.run()
    // The program has them. Here they would stay open as long as Foundation keeps the process, and starting one among more
    // than a thousand open files can crash it.
    try ownOutput?.close()
    try ownErrors?.close()
  }

  var pid: pid_t { process.processIdentifier }

  var output: String { (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? "" }

  /// Its standard output as JSON; nil until that is whole.
  var document: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }

  var errors: String { (try? String(contentsOfFile: files.errors, encoding: .utf8)) ?? "" }

  func signal(_ signal: Int32) { kill(pid, signal) }

  func wait(limit: Double = 120) throws -> Program.Result {
    let deadline = Date(timeIntervalSinceNow: limit)
    while process.isRunning {
      if Date() > deadline {
        signal(SIGKILL)
        process.waitUntilExit()
        Issue.record("potline \(process.arguments ?? []) was still running after \(limit) s: \(errors)")
      }
      usleep(10_000)
    }
    if let limited {
      try limited.fileHandleForReading.readDataToEndOfFile().write(to: URL(fileURLWithPath: files.errors))
    }
    let status =
      process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Program.Result(
      status: status, output: try String(contentsOfFile: files.output, encoding: .utf8), errors: errors)
  }

  /// The worker processes that are alive.
  var workers: [pid_t] { Self.children(of: pid) }

  static func children(of parent: pid_t) -> [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.filter { pid in
      guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
        return false
      }
      return status.contains("\nPPid:\t\(parent)\n") && !status.contains("\nState:\tZ")
    }
  }

  /// Seconds of processor time that a process has used: the 14th and 15th fields of its stat file, in ticks of 10 ms.
  static func processorSeconds(_ pid: pid_t) -> Double {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return 0 }
    // The second field, the name, may hold spaces.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / 100
  }

  /// Whether two workers are far into their jobs: starting takes a small part of this time.
  var areWorkersTraining: Bool {
    workers.count == 2 && workers.allSatisfy { Self.processorSeconds($0) > 0.3 }
  }

  /// Whether a process has gone; one that only waits to be reaped has.
  static func hasGone(_ pid: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
      return true
    }
    return status.contains("\nState:\tZ")
  }
}

/// A folder of a test's own, removed with it.
final class TestFolder: Sendable {
  let path = NSTemporaryDirectory() + "potline-test-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  static func / (folder: TestFolder, name: String) -> String { folder.path + "/" + name }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: self / name, atomically: true, encoding: .utf8)
  }

  func text(_ name: String) throws -> String { try String(contentsOfFile: self / name, encoding: .utf8) }

  /// The results of a study that must be the same to the byte: by name.
  func results(_ output: String) throws -> [String: Data] {
    var results: [String: Data] = [:]
    let members = try FileManager.default.contentsOfDirectory(atPath: self / "\(output)/members")
    for name in members.map({ "members/\($0)" }) + ["statistics.json", "members.csv"] {
      results[name] = try Data(contentsOf: URL(fileURLWithPath: self / "\(output)/\(name)"))
    }
    return results
  }
}

/// Waits until a condition holds; after `limit` seconds the test fails.
func waitUntil(_ what: @autoclosure () -> String, limit: Double = 60, _ condition: () throws -> Bool) throws {
  let deadline = Date(timeIntervalSinceNow: limit)
  while try !condition() {
    try #require(Date() < deadline, "waited \(limit) s in vain until \(what())")
    usleep(5_000)
  }
}

/// A study that takes a second or two; `epochs` makes its members last longer.
func smallStudy(epochs: Int = 3, members: Int = 3, dataset: String = simulatedDataset, more: String = "")
  -> String
{
  """
  name: small
  seed: 7
  members: \(members)
  dataset:
  \(dataset)
  defaults:
    hidden: [8, 6]
    epochs: \(epochs)
  variants:
    - name: dense
    - name: sparse
      inputSkip: true
      penalty: {method: proximal, weight: 1e-2}
      activeSet: true
      screeningInterval: 7
      learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}
      pruning: {weights: 60, rounds: 2, epochs: \(max(1, epochs / 2)), learningRate: 1e-3}
      debias: {epochs: \(max(1, epochs / 2)), learningRate: 1e-4}
  \(more)
  """
}

let simulatedDataset = """
    simulated: {system: aluminium-cell, trajectories: 4, steps: 2000, testTrajectories: 3, seed: 5}
  """

/// How fast this machine trains a member of the small study; so tests that interrupt one find it at work on any machine.
enum Pace {
  /// Epochs in which a member trains for about so many seconds of processor time: on a busy machine it takes longer.
  static func epochs(seconds: Double) -> Int { max(100, Int(seconds * epochsPerSecond)) }

  private static let epochsPerSecond: Double = {
    func seconds(epochs: Int) throws -> Double {
      let folder = try TestFolder()
      try folder.write(smallStudy(epochs: epochs, members: 1), to: "study.yaml")
      // The shell's second line has the processor time of its children.
      let run = try Shell.run(
        "potline run study.yaml -o out --processes 1 --quiet; times", in: folder)
      let times = try #require(run.output.split(separator: "\n").last)
      return times.matches(of: /(\d+)m([\d.]+)s/).reduce(0) {
        $0 + 60 * (Double($1.output.1) ?? 0) + (Double($1.output.2) ?? 0)
      }
    }
    // Two members, one after the other; long enough that starting, or another's work, doesn't decide.
    var epochs = 500
    while epochs < 1 << 20 {
      guard let taken = try? seconds(epochs: epochs) else { break }
      if taken > 2 { return 2 * Double(epochs) / taken }
      epochs *= 4
    }
    return 1000
  }()
}
