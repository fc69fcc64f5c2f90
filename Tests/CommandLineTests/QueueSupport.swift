import Foundation
import Testing

/// A coordinator of a test's own, and the commands that speak with it.
final class QueueService {
  let folder: TestFolder
  private(set) var coordinator: RunningProgram
  private let options: [String]

  /// What the coordinator prints once it listens.
  var listening: [String: Any]? { coordinator.document as? [String: Any] }

  var connection: String { folder / "state/connection.json" }

  init(in folder: TestFolder, options: [String] = []) throws {
    (self.folder, self.options) = (folder, options)
    coordinator = try Program.start(["coordinator", "--state", "state", "--json"] + options, in: folder)
    try waitForAddress()
  }

  deinit { if coordinator.process.isRunning { coordinator.signal(SIGKILL) } }

  /// Starts it again where it was, after it has ended in whatever way.
  func startAgain() throws {
    _ = try coordinator.wait(limit: 10)
    coordinator = try Program.start(["coordinator", "--state", "state", "--json"] + options, in: folder)
    try waitForAddress()
  }

  func workers(_ options: String...) throws -> RunningProgram { try workers(options) }

  func workers(_ options: [String]) throws -> RunningProgram {
    try Program.start(
      ["worker", "--connection", connection, "--datasets", folder / "cache"] + options, in: folder)
  }

  /// Runs a command that connects; its standard output without the line's end.
  @discardableResult
  func run(_ arguments: String..., status: Int32 = 0) throws -> String {
    let result = try Program.start(arguments + ["--connection", connection], in: folder).wait()
    #expect(result.status == status, "\(arguments): \(result.errors)")
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What a command prints as JSON.
  func json(_ arguments: String..., status: Int32 = 0) throws -> Any {
    let result = try Program.start(arguments + ["--connection", connection, "--json"], in: folder).wait()
    #expect(result.status == status, "\(arguments): \(result.errors)")
    return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
  }

  func study(_ id: String) throws -> [String: Any] {
    let status = try #require(try json("status", id) as? [String: Any])
    return try #require(status["study"] as? [String: Any])
  }

  func finished(_ id: String) throws -> Int { try #require(try study(id)["finished"] as? Int) }

  /// Each worker's process id and the study that it is at.
  func atWork() throws -> [pid_t: String] {
    let workers = try #require(try json("workers") as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: workers.compactMap { worker in
        guard let pid = worker["pid"] as? Int, let study = worker["study"] as? String else { return nil }
        return (pid_t(pid), study)
      })
  }

  func workerCount() throws -> Int { try #require(try json("workers") as? [Any]).count }

  func stop() throws {
    coordinator.signal(SIGTERM)
    #expect(try coordinator.wait(limit: 15).status == 0)
  }

  private func waitForAddress() throws {
    try waitUntil("the coordinator listens") { listening != nil || !coordinator.process.isRunning }
    try #require(coordinator.process.isRunning, "\(coordinator.errors)")
  }
}
