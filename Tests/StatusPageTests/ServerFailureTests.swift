import Foundation
import QueueProtocol
import Synchronization
import Testing

@testable import StatusPage

@Suite(.timeLimit(.minutes(2))) struct ServerFailureTests {
  private final class Reasons: Sendable {
    private let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func add(_ reason: String) { list.withLock { $0.append(reason) } }
  }

  private func server(_ reasons: Reasons) throws -> StatusServer {
    var configuration = StatusServer.Configuration(version: "1", stateFolder: "nowhere")
    configuration.failed = { reasons.add($0) }
    return try StatusServer(at: StatusAddress("127.0.0.1:0"), configuration)
  }

  @Test func whyItEndedIsTold() async throws {
    let reasons = Reasons()
    let server = try server(reasons)
    server.start()
    shutdown(server.listener.socket.file.rawValue, Int32(SHUT_RDWR))
    while reasons.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    #expect(reasons.all.count == 1 && reasons.all[0].contains("Invalid argument"), "\(reasons.all)")
    server.stop()
  }

  @Test func anEndThatWasWantedIsNot() throws {
    let reasons = Reasons()
    let server = try server(reasons)
    server.start()
    server.stop()
    #expect(reasons.all.isEmpty)
  }
}
