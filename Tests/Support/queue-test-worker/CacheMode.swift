import Digests
import Foundation
import QueueProtocol
import QueueWorker

/// Opens a blob in a cache, as a worker does:
/// `cache FOLDER LIMIT DIGEST SOURCE TRACE [PAUSE] [RELEASE]`.
///
/// It is fetched from the file SOURCE in chunks of 64 KiB with a pause of PAUSE microseconds after each. TRACE gets a
/// line "fetch" when that begins and "open" once the blob is open and right. The blob is held until there is a file
/// RELEASE. The exit code is 75 if the host is at fault.
struct CacheMode {
  let folder: String
  let limit: Int
  let digest: SHA256Digest
  let source: String
  let trace: String
  let pause: UInt32
  let release: String?

  init(_ arguments: [String]) throws {
    guard let limit = Int(arguments[3]), let digest = SHA256Digest(hex: arguments[4]) else {
      throw CocoaError(.formatting)
    }
    (folder, self.limit, self.digest) = (arguments[2], limit, digest)
    (source, trace) = (arguments[5], arguments[6])
    pause = arguments.count > 7 ? UInt32(arguments[7]) ?? 0 : 0
    release = arguments.count > 8 ? arguments[8] : nil
  }

  func run() throws -> Int32 {
    do {
      let cache = try BlobCache(folder: folder, limitBytes: limit)
      let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: source)))
      let blob = try cache.open(digest) { offset in
        if offset == 0 { note("fetch") }
        usleep(pause)
        return (Array(content[offset..<min(offset + 65_536, content.count)]), content.count)
      }
      guard try SHA256Digest.of(fileAt: blob.path) == digest, blob.byteCount == content.count else {
        return 1
      }
      note("open")
      if let release { while !FileManager.default.fileExists(atPath: release) { usleep(5_000) } }
      return try SHA256Digest.of(fileAt: blob.path) == digest ? 0 : 1
    } catch let error as BlobError {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      return error.isInfrastructure ? 75 : 1
    }
  }

  private func note(_ line: String) {
    let file = open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    _ = (line + "\n").withCString { write(file, $0, strlen($0)) }
    close(file)
  }
}
