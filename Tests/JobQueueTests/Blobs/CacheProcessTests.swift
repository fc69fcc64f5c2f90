import Digests
import Foundation
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// Several processes with one cache.
@Suite("The cache of blobs and processes", .timeLimit(.minutes(5)))
struct CacheProcessTests {
  let folder: TemporaryFolder
  let blob = TestBlob(1, count: 2_000_000)
  let other = TestBlob(2, count: 2_000_000)

  init() throws {
    folder = try TemporaryFolder()
    for blob in [blob, other] {
      try Data(blob.bytes).write(to: URL(fileURLWithPath: folder.file(blob.digest.hex)))
    }
  }

  private var cacheFolder: String { folder.file("cache") }

  private func files() throws -> Set<String> { try BlobCache(folder: cacheFolder).files }

  private func start(
    _ blob: TestBlob, limit: Int = 10_000_000, pause: Int = 0, trace: String = "trace", release: String? = nil
  ) throws -> WorkerProgram {
    try WorkerProgram(arguments(blob, limit, pause, trace, release))
  }

  private func arguments(
    _ blob: TestBlob, _ limit: Int, _ pause: Int, _ trace: String, _ release: String? = nil
  ) -> [String] {
    [
      "cache", cacheFolder, "\(limit)", blob.digest.hex, folder.file(blob.digest.hex), folder.file(trace),
      "\(pause)",
    ]
      + (release.map { [folder.file($0)] } ?? [])
  }

  private func wait(_ program: WorkerProgram, for code: Int32 = 0) {
    eventually("a process does not end") { !program.isRunning }
    #expect(program.exitCode == code)
  }

  private func touch(_ name: String) {
    _ = FileManager.default.createFile(atPath: folder.file(name), contents: nil)
  }

  @Test("Of several that ask at once one fetches")
  func oneFetches() throws {
    let all = try (0..<6).map { _ in try start(blob, pause: 3000) }
    for one in all { wait(one) }
    #expect(folder.lines("trace").sorted() == ["fetch"] + Array(repeating: "open", count: 6))
    #expect(try files() == [blob.digest.hex])
  }

  @Test("When the one that fetches is killed, one of those that wait goes on")
  func killedFetch() throws {
    let first = try start(blob, pause: 20_000)
    eventually("it fetches") { folder.lines("trace") == ["fetch"] }
    let waiting = try (0..<3).map { _ in try start(blob, trace: "later") }
    eventually("it has written") { (try? files())?.contains { $0.hasSuffix(".part") } == true }
    first.send(SIGKILL)
    for one in waiting { wait(one) }
    #expect(folder.lines("later").sorted() == ["fetch", "open", "open", "open"])
    #expect(try files() == [blob.digest.hex])
  }

  @Test("What a killed fetch left is removed by the fetch of another blob, but not what is still fetched")
  func leftovers() throws {
    let killed = try start(blob, pause: 20_000)
    eventually("it fetches") { (try? files())?.contains(".\(blob.digest.hex).part") == true }
    killed.send(SIGKILL)
    eventually("it is gone") { !isAlive(killed.pid) }
    let slow = TestBlob(3, count: 500_000)
    try Data(slow.bytes).write(to: URL(fileURLWithPath: folder.file(slow.digest.hex)))
    let running = try start(slow, pause: 100_000, trace: "slow")
    eventually("it fetches") { (try? files())?.contains(".\(slow.digest.hex).part") == true }
    wait(try start(other))
    #expect(try files().isSuperset(of: [other.digest.hex]))
    #expect(try !files().contains(".\(blob.digest.hex).part"))
    wait(running)
    #expect(try files() == [other.digest.hex, slow.digest.hex])
  }

  @Test(
    "What another process uses is not evicted, and goes once it has ended, however that comes",
    arguments: [true, false])
  func inUseElsewhere(isKilled: Bool) throws {
    let user = try start(blob, release: "release")
    eventually("it is open") { folder.lines("trace").contains("open") }
    let old = try BlobCache(folder: cacheFolder)
    try old.setLastUsed(blob, 1)
    wait(try start(other, limit: 3_000_000))
    #expect(try files() == [blob.digest.hex, other.digest.hex])
    if isKilled { user.send(SIGKILL) } else { touch("release") }
    eventually("it is gone") { !isAlive(user.pid) }
    if !isKilled { wait(user) }
    let third = TestBlob(4, count: 900_000)
    _ = try BlobCache(folder: cacheFolder, limitBytes: 3_000_000).open(third)
    #expect(try files() == [other.digest.hex, third.digest.hex])
  }

  @Test("A file that is damaged while it is in use is replaced, and its users keep what they have")
  func damagedInUse() throws {
    let held = try BlobCache(folder: cacheFolder).open(blob)
    let mapped = try Data(contentsOf: URL(fileURLWithPath: held.path), options: .alwaysMapped)
    try FileManager.default.removeItem(atPath: held.path)
    try Data(repeating: 0, count: blob.bytes.count).write(to: URL(fileURLWithPath: held.path))
    let all = try (0..<4).map { _ in try start(blob, pause: 1000) }
    for one in all { wait(one) }
    #expect(folder.lines("trace").filter { $0 == "fetch" }.count == 1)
    #expect(SHA256Digest.of(mapped) == blob.digest)
  }

  /// Whether a test may mount a small disk.
  private static let canMount = (try? onSmallDisk("true", at: "/mnt").status) == 0

  /// Runs a program that sees a disk of 3 MB at `folder`.
  private static func onSmallDisk(_ command: String..., at folder: String) throws -> (
    status: Int32, errors: String
  ) {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments =
      ["--mount", "sh", "-c", "mount -t tmpfs -o size=3m none \"$0\" && exec \"$@\"", folder] + command
    process.standardError = errors
    try process.run()
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  @Test("A full disk is the host's fault and says so", .enabled(if: canMount))
  func diskFull() throws {
    let large = TestBlob(5, count: 4_000_000)
    try Data(large.bytes).write(to: URL(fileURLWithPath: folder.file(large.digest.hex)))
    try FileManager.default.createDirectory(atPath: cacheFolder, withIntermediateDirectories: true)
    let command = [WorkerProgram.path] + arguments(large, 10_000_000, 0, "trace")
    let result = try Self.onSmallDisk(
      "sh", "-c", #""$@"; code=$?; ls -A "$0" | grep -v lock >&2; exit $code"#, cacheFolder,
      command[0], command[1], command[2], command[3], command[4], command[5], command[6], at: cacheFolder)
    #expect(result.status == 75)
    // One line, so nothing is left in the folder.
    #expect(result.errors.contains(cacheFolder) && result.errors.split(separator: "\n").count == 1)
  }

  @Test("On a full disk what nobody uses makes room", .enabled(if: canMount))
  func roomOnAFullDisk() throws {
    try FileManager.default.createDirectory(atPath: cacheFolder, withIntermediateDirectories: true)
    let first = arguments(blob, 10_000_000, 0, "trace")
    let second = arguments(other, 10_000_000, 0, "trace")
    let script = #"""
      "$0" cache "$1" 10000000 "$2" "$3" "$6" && "$0" cache "$1" 10000000 "$4" "$5" "$6" && ls "$1" >&2
      """#
    let result = try Self.onSmallDisk(
      "sh", "-c", script, WorkerProgram.path, cacheFolder, first[3], first[4], second[3], second[4], first[5],
      at: cacheFolder)
    #expect(result.status == 0)
    #expect(result.errors == other.digest.hex + "\n")
  }
}
