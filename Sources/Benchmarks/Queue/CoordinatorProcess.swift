import Foundation
import QueueProtocol

/// A coordinator as a process of its own, with a state folder of its own that goes with it.
final class CoordinatorProcess {
  private let process: BenchmarkProcess
  let folder: String
  let address: String

  /// Starts a coordinator on a new state folder, or on one that is there; returns when it listens.
  init(in parent: String, state: String? = nil) throws {
    folder = state ?? "\(parent)/potline-bench-\(UUID().uuidString)"
    process = try BenchmarkProcess(["coordinator", "--state", folder])
    let line = try process.receive()
    let words = line.split(whereSeparator: { " ;".contains($0) })
    guard words.count > 2, line.hasPrefix("listening on ") else {
      process.terminate()
      throw BenchmarkError("“\(line)” is not what a coordinator says when it listens")
    }
    address = String(words[2])
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// A client that is connected to it.
  func client() throws -> QueueClient { try QueueClient(QueueClient.Configuration(address: address)) }

  /// Ends it; its journal can be read then.
  func stop() { process.terminate() }

  /// Resident memory now and at most, in bytes.
  func residentBytes() throws -> (now: Int, peak: Int) {
    (
      try ProcessMemory.kilobytes("VmRSS", of: process.pid) * 1024,
      try ProcessMemory.kilobytes("VmHWM", of: process.pid) * 1024
    )
  }
}
