import Foundation
import Synchronization
import Testing

@testable import QueueProtocol
@testable import QueueWorker

@Suite("Supervisor", .timeLimit(.minutes(2)))
struct SupervisorTests {
  /// The kernel's count of processes that it killed for lack of memory, as the test sets it.
  private final class Kills: Sendable {
    let count = Mutex(5)

    func supervisor(_ places: Int = 1) throws -> Supervisor {
      let command = WorkerCommand(executable: "/bin/sleep", arguments: ["1000"])
      var configuration = Supervisor.Configuration(command: command, count: places)
      configuration.memoryKills = { [self] in count.withLock { $0 } }
      configuration.firstPause = .milliseconds(1)
      return try Supervisor(configuration, log: quiet)
    }
  }

  /// Polls until a worker has ended.
  private func end(_ supervisor: Supervisor) throws -> [Supervisor.Ended] {
    var ended: [Supervisor.Ended] = []
    try eventually("a worker ends") {
      ended += try supervisor.poll()
      return !ended.isEmpty
    }
    return ended
  }

  private func environment(of process: pid_t) -> String {
    String(
      decoding: FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data(), as: UTF8.self)
  }

  @Test("A kill that the kernel counts is for lack of memory, and the next worker tells of it")
  func killedForMemory() throws {
    let kills = Kills()
    let supervisor = try kills.supervisor()
    #expect(try supervisor.poll().isEmpty)
    let (victim, process) = try #require(supervisor.running.first)
    kills.count.withLock { $0 += 1 }
    kill(process, SIGKILL)
    #expect(try end(supervisor).map(\.status) == [.killedForMemory])
    try eventually("the next one runs") {
      _ = try supervisor.poll()
      return supervisor.running.values.contains {
        environment(of: $0).contains("POTLINE_REPLACES=\(victim.hex) outOfMemory ")
      }
    }
    // The kill is explained now; another signal of that kind is somebody's.
    let (_, next) = try #require(supervisor.running.first)
    kill(next, SIGKILL)
    #expect(try end(supervisor).map(\.status) == [.signaled(SIGKILL)])
    try eventually("the one after it runs and tells of nothing") {
      _ = try supervisor.poll()
      return supervisor.running.values.contains {
        environment(of: $0).contains("POTLINE_REPLACES=\0")
      }
    }
  }

  @Test("What the supervisor kills itself, and other signals, are not for lack of memory")
  func killedOtherwise() throws {
    let kills = Kills()
    let supervisor = try kills.supervisor()
    _ = try supervisor.poll()
    kills.count.withLock { $0 += 1 }
    supervisor.kill(try #require(supervisor.running.keys.first))
    #expect(try end(supervisor).map(\.status) == [.signaled(SIGKILL)])
    try eventually("the next one runs") {
      _ = try supervisor.poll()
      return !supervisor.running.isEmpty
    }
    kill(try #require(supervisor.running.values.first), SIGTERM)
    #expect(try end(supervisor).map(\.status) == [.signaled(SIGTERM)])
  }
}
