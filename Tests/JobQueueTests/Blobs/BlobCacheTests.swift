import Digests
import Files
import Foundation
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("The cache of blobs", .timeLimit(.minutes(5)))
struct BlobCacheTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("a/b/datasets")
  }

  private func cache(limit: Int = 1_000_000) throws -> BlobCache {
    try BlobCache(folder: path, limitBytes: limit)
  }

  private func file(_ blob: TestBlob) -> String { "\(path)/\(blob.digest.hex)" }

  private func overwrite(_ blob: TestBlob, _ bytes: [UInt8]) throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file(blob))
    let handle = try #require(FileHandle(forWritingAtPath: file(blob)))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  @Test("A blob is fetched once, and can't be written to")
  func fetchedOnce() throws {
    let cache = try cache()
    for blob in [TestBlob(1), TestBlob(2, count: 300), TestBlob(3, count: 0), TestBlob(4, count: 1)] {
      for _ in 0..<3 {
        let open = try cache.open(blob)
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: open.path))) == blob.bytes)
        #expect(open.byteCount == blob.bytes.count)
      }
      #expect(blob.fetches.count == 1)
      let mode = try FileManager.default.attributesOfItem(atPath: file(blob))[.posixPermissions] as? Int
      #expect(mode == 0o444)
      _ = try BlobCache(folder: path).open(blob)
      #expect(blob.fetches.count == 1)
    }
    #expect(cache.files.count == 4)
  }

  @Test("A damaged file is fetched again, once, by the next process", arguments: [0, 999, 1000, 1001])
  func damaged(count: Int) throws {
    let blob = TestBlob(1)
    _ = try cache().open(blob)
    try overwrite(blob, Array((blob.bytes.reversed() + [7]).prefix(count)))
    // A new cache knows of no file what another has verified, as a new process.
    let next = try cache()
    for _ in 0..<2 {
      let open = try next.open(blob)
      #expect(try SHA256Digest.of(fileAt: open.path) == blob.digest)
    }
    #expect(blob.fetches.count == 2)
  }

  @Test("A file that grew or shrank since it was verified is fetched again by the same process")
  func changedSize() throws {
    let blob = TestBlob(1)
    let cache = try cache()
    _ = try cache.open(blob)
    try overwrite(blob, Array(blob.bytes.dropLast()))
    let open = try cache.open(blob)
    #expect(try SHA256Digest.of(fileAt: open.path) == blob.digest)
    #expect(blob.fetches.count == 2)
  }

  @Test("What was not used for longest goes first")
  func eviction() throws {
    let cache = try cache(limit: 3500)
    let blobs = (0..<6).map { TestBlob(UInt8($0)) }
    for (index, blob) in blobs.prefix(3).enumerated() {
      _ = try cache.open(blob)
      try cache.setLastUsed(blob, Double(index))
    }
    _ = try cache.open(blobs[0])
    _ = try cache.open(blobs[3])
    #expect(cache.files == Set([0, 2, 3].map { blobs[$0].digest.hex }))
    try cache.setLastUsed(blobs[0], 1)
    try cache.setLastUsed(blobs[2], 2)
    _ = try cache.open(TestBlob(9, count: 2400))
    #expect(cache.files == [blobs[3].digest.hex, TestBlob(9, count: 2400).digest.hex])
  }

  @Test("What is in use stays, though it is the oldest")
  func inUse() throws {
    let cache = try cache(limit: 2500)
    let blobs = (0..<4).map { TestBlob(UInt8($0)) }
    var held: CachedBlob? = try cache.open(blobs[0])
    try cache.setLastUsed(blobs[0], 1)
    _ = try cache.open(blobs[1])
    _ = try BlobCache(folder: path, limitBytes: 2500).open(blobs[2])
    #expect(cache.files == [blobs[0].digest.hex, blobs[2].digest.hex])
    #expect(held?.path == file(blobs[0]))
    held = nil
    try cache.setLastUsed(blobs[0], 1)
    _ = try cache.open(blobs[3])
    #expect(cache.files == [blobs[2].digest.hex, blobs[3].digest.hex])
  }

  @Test("More than the limit is kept while it is in use")
  func overLimit() throws {
    let cache = try cache(limit: 1500)
    let blobs = (0..<3).map { TestBlob(UInt8($0)) }
    let held = try blobs.map { try cache.open($0) }
    #expect(cache.files == Set(blobs.map(\.digest.hex)))
    withExtendedLifetime(held) {}
  }

  @Test("A blob larger than the limit is refused, and costs no other its place")
  func tooLarge() throws {
    let cache = try cache(limit: 1500)
    let (small, large) = (TestBlob(1), TestBlob(2, count: 1501))
    _ = try cache.open(small)
    let error = #expect(throws: BlobError.tooLarge(large.digest, bytes: 1501, limit: 1500)) {
      try cache.open(large)
    }
    #expect(error?.isInfrastructure == true)
    #expect(cache.files == [small.digest.hex])
  }

  @Test("What does not have its digest is not kept", arguments: 0..<5)
  func lies(kind: Int) throws {
    let cache = try cache()
    let blob = TestBlob(1)
    let error = #expect(throws: BlobError.corrupt(blob.digest)) {
      try cache.open(blob.digest) { offset in
        let (bytes, total) = blob.chunk(offset)
        return switch kind {
        case 0: (bytes.map { $0 ^ 1 }, total)
        case 1: (bytes, offset == 600 ? total + 1 : total)
        case 2: (offset == 600 ? [] : bytes, total)
        case 3: (bytes + Array(repeating: 0, count: 5000), total)
        default: (offset == 900 ? bytes + [1] : bytes, total)
        }
      }
    }
    #expect(error?.isInfrastructure == false)
    #expect(cache.files.isEmpty)
    #expect(try cache.open(blob).byteCount == 1000)
  }

  @Test("A fetch that fails leaves nothing behind")
  func failedFetch() throws {
    struct Lost: Error {}
    let cache = try cache()
    let blob = TestBlob(1)
    #expect(throws: Lost.self) {
      try cache.open(blob.digest) { offset in
        if offset > 0 { throw Lost() }
        return blob.chunk(offset)
      }
    }
    #expect(cache.files.isEmpty)
    #expect(try cache.open(blob).byteCount == 1000)
  }

  @Test("Threads of one process share a fetch, too")
  func threads() throws {
    let cache = try cache()
    let blob = TestBlob(1, count: 100_000)
    let all = (0..<6).map { _ in Background { try cache.open(blob).byteCount } }
    for one in all { #expect(try one.value() == 100_000) }
    #expect(blob.fetches.count == 1)
  }

  @Test("Who is told to stop does not wait for another's fetch")
  func stopped() throws {
    let cache = try cache()
    let blob = TestBlob(1)
    let lock = try #require(
      try FileLock(cache.lockPath(blob.digest), isShared: false, flags: O_RDWR | O_CREAT))
    #expect(throws: JobInterrupted.self) {
      try cache.open(blob.digest, isStopped: { true }) { blob.chunk($0) }
    }
    #expect(blob.fetches.count == 0)
    withExtendedLifetime(lock) {}
  }

  @Test("A folder that can't be made is the host's fault")
  func badFolder() {
    let expected = BlobError.file(FileError("/dev/null/datasets", .makeFolder, .system(ENOTDIR)))
    let error = #expect(throws: expected) { try BlobCache(folder: "/dev/null/datasets") }
    #expect(error?.isInfrastructure == true)
  }
}
