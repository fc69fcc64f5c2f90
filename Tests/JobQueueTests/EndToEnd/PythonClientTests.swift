import Foundation
import QueueTestSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A client in another language, written from the description of the protocol.
@Suite("A client in Python", .timeLimit(.minutes(2)))
struct PythonClientTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A Python that has pyzmq; `scripts/test` makes one in `.build`.
  static let python: String? = {
    let own = root.appendingPathComponent(".build/python-client/bin/python").path
    return [own, "/usr/bin/python3", "/usr/local/bin/python3"].first { path in
      FileManager.default.isExecutableFile(atPath: path)
        && (try? run(path, ["-c", "import zmq"]))?.status == 0
    }
  }()

  private struct Report: Decodable {
    var study: String
    var blob: String
    var description: String
    var seen: [Int]
    var states: [String]
    var results: [String]
    var failures: [Int]
    var workers: Int
    var unknown: String
  }

  @Test(
    "It submits a study, watches it and fetches the results",
    .enabled(if: python != nil, "there is no Python with pyzmq; scripts/test installs it"))
  func client() throws {
    let folder = try TemporaryFolder()
    var settings = QueueSettings()
    settings.keepsServing = true
    let coordinator = try RunningCoordinator(
      folder: folder, jobs: [], settings: settings, blobs: BlobStore(folder: folder.file("datasets")))
    let cache = try BlobCache(folder: folder.file("cache"))
    let workers = (0..<2).map { _ in startWorker(coordinator.address, cache: cache) }

    var jobs = (0..<20).map { ToyJob("job \($0)", steps: 5 + $0, pause: 2) }
    jobs[3].blob = "BLOB"
    (jobs[5].act, jobs[5].at) = ("fail", 2)
    let study: [String: Any] = [
      "name": "from Python", "priority": 2, "blob": String(repeating: "potline ", count: 300_000),
      "payloads": jobs.map { String(decoding: $0.payload, as: UTF8.self) },
    ]
    let script = Self.root.appendingPathComponent("Tests/JobQueueTests/PythonClient/client.py").path
    let result = try Self.run(
      try #require(Self.python), [script, coordinator.address],
      input: JSONSerialization.data(withJSONObject: study))
    #expect(result.status == 0, "\(result.errors)")
    let report = try JSONDecoder().decode(Report.self, from: result.output)
    #expect(report.study == "s1" && report.description == "made by client.py")
    for (index, job) in jobs.enumerated() {
      #expect(report.states[index] == (index == 5 ? "failed" : "finished"))
      if index != 5 {
        #expect(report.results[index] == job.result.map { String(format: "%02x", $0) }.joined())
      }
    }
    #expect(report.failures == [3] && report.workers == 2)
    #expect(report.seen.last == 19)
    #expect(report.unknown.hasPrefix("unknownStudy: "))
    let journal = coordinator.journal
    #expect(try journal.outcomes(of: StudyID(1), from: 0, count: 50).jobs.count == 20)
    coordinator.stop.requestStop()
    for worker in workers { _ = try worker.value() }
    #expect(try coordinator.outcome.value().badMessages == 0)
  }

  private static func run(
    _ program: String, _ arguments: [String], input: Data = Data()
  ) throws -> (status: Int32, output: Data, errors: String) {
    let process = Process()
    let folder = try TemporaryFolder()
    for name in ["in", "out", "err"] {
      _ = FileManager.default.createFile(atPath: folder.file(name), contents: name == "in" ? input : nil)
    }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle(forReadingAtPath: folder.file("in"))
    process.standardOutput = FileHandle(forWritingAtPath: folder.file("out"))
    process.standardError = FileHandle(forWritingAtPath: folder.file("err"))
    try process.run()
    eventually("the Python client does not end", within: .seconds(90)) { !process.isRunning }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return (
      process.terminationStatus, try Data(contentsOf: URL(fileURLWithPath: folder.file("out"))),
      folder.lines("err").joined(separator: "\n")
    )
  }
}
