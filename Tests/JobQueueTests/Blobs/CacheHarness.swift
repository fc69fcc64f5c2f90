import Digests
import Foundation
import Synchronization
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A blob and where it comes from, in chunks.
struct TestBlob: Sendable {
  let bytes: [UInt8]
  let digest: SHA256Digest
  /// How often it was fetched from its start.
  let fetches = Counter()

  init(_ seed: UInt8, count: Int = 1000) {
    bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) &+ seed }
    digest = SHA256Digest.of(bytes)
  }

  func chunk(_ offset: Int) -> (bytes: [UInt8], total: Int) {
    if offset == 0 { fetches.add() }
    return (Array(bytes[offset..<min(offset + 300, bytes.count)]), bytes.count)
  }
}

extension BlobCache {
  func open(_ blob: TestBlob) throws -> CachedBlob { try open(blob.digest) { blob.chunk($0) } }

  /// The files in the folder other than lock files.
  var files: Set<String> {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return Set(all.filter { !$0.hasSuffix(".lock") })
  }

  /// Makes a blob look as if it was last used so many seconds after 2000.
  func setLastUsed(_ blob: TestBlob, _ seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 946_684_800 + seconds)],
      ofItemAtPath: "\(folder)/\(blob.digest.hex)")
  }
}

final class Counter: Sendable {
  private let value = Atomic(0)
  var count: Int { value.load(ordering: .relaxed) }
  func add() { value.add(1, ordering: .relaxed) }
}
