import Foundation
import Synchronization

/// What a reader of `/events` gets: first all parts of the page, then those that have changed.
struct EventStream: Sendable {
  let feed: SnapshotFeed
  let pages: PageCache
  let limits: Limits
  let stop: StopFlag

  /// Runs until the server stops, the task is cancelled or `send` throws.
  func run(_ send: ([UInt8]) async throws -> Void) async throws {
    try await send(Array("retry: 2000\n\n".utf8))
    var (number, sent): (Int, [PagePart: String]) = (0, [:])
    while !stop.isSet, !Task.isCancelled {
      guard let taken = await feed.next(after: number, patience: limits.keepAlive) else {
        if !stop.isSet { try await send(Array(": no news\n\n".utf8)) }
        continue
      }
      number = taken.number
      let parts = await pages.parts(of: taken)
      let changed = parts.filter { sent[$0.key] != $0.value }
      sent = parts
      if !changed.isEmpty { try await send(Self.event("parts", changed)) }
      try? await Task.sleep(for: limits.updateInterval)
    }
    try await send(Array("event: end\ndata: {}\n\n".utf8))
  }

  /// JSON has no line breaks of its own, so one `data` line is enough.
  private static func event(_ name: String, _ parts: [PagePart: String]) throws -> [UInt8] {
    let byName = Dictionary(uniqueKeysWithValues: parts.map { ($0.key.rawValue, $0.value) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array("event: \(name)\ndata: ".utf8) + Array(try encoder.encode(byName)) + Array("\n\n".utf8)
  }
}

/// Whether the server is to stop.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
