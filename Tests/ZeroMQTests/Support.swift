import Foundation
import Synchronization
import Testing

@testable import ZeroMQ

/// Long enough for the slowest machine; nothing waits for it to pass unless the code is broken.
let patience = Duration.seconds(20)

extension SocketOptions {
  static var small: SocketOptions { SocketOptions(maximumMessageSize: 16 << 20) }

  static func named(_ name: String) -> SocketOptions {
    var options = small
    options.routingIdentity = Array(name.utf8)
    return options
  }
}

extension Context {
  func socket(_ kind: SocketKind, _ options: SocketOptions = .small) throws -> Socket {
    try Socket(kind, context: self, options: options)
  }
}

/// Runs blocking work on a thread of its own, as a task's thread must not block for long.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(with: Result { try work() })
    }
  }
}

/// Tries again until `condition` holds, for as long as patience lasts.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  let end = ContinuousClock.now.advanced(by: patience)
  while ContinuousClock.now < end {
    if try condition() { return true }
    usleep(1000)
  }
  return false
}

/// A fresh path for an ipc socket.
func temporaryPath(_ name: String) -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString.prefix(8))").path
}
