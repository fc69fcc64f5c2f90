import Digests
import Files
import Safetensors

/// Bytes of a job in a file that shows any damage: a safetensors file with one tensor, `content` U8, and as metadata
/// `format`, `job` (the identity), `kind`, and `sha256` over kind, job and content.
struct JobRecordFile: Equatable {
  enum Kind: String {
    /// The content is the member's file.
    case finished
    /// The content is ``MemberFailure/details(of:)``.
    case failed = "failure"
    /// The content is the reason in UTF-8: a failure as version 0.1 wrote it.
    case failedInWords = "failed"
    /// The content is a ``MemberCheckpoint``.
    case checkpoint
  }

  let kind: Kind
  let job: SHA256Digest
  let content: [UInt8]

  private static let format = "potline-sealed-1"

  private var digest: SHA256Digest { .of(Array("\(kind.rawValue)\n\(job.hex)\n".utf8) + content) }

  func encoded() throws(SafetensorsError) -> [UInt8] {
    var archive = TensorArchive(metadata: [
      "format": Self.format, "kind": kind.rawValue, "job": job.hex, "sha256": digest.hex,
    ])
    try archive.add("content", shape: [content.count], values: content)
    return archive.encoded()
  }

  init(kind: Kind, job: SHA256Digest, content: [UInt8]) {
    (self.kind, self.job, self.content) = (kind, job, content)
  }

  /// Throws `SafetensorsError` or `DamagedFileError` unless the file at `path` is whole and of that job.
  init(contentsOf path: String, job: SHA256Digest) throws {
    let archive = try TensorArchive(contentsOf: path)
    guard archive.metadata["format"] == Self.format else {
      throw DamagedFileError(path, "its format isn't \(Self.format)")
    }
    guard let kind = archive.metadata["kind"].flatMap(Kind.init) else {
      throw DamagedFileError(path, "it doesn't say what it holds")
    }
    guard archive.metadata["job"] == job.hex else {
      throw DamagedFileError(path, "it is of another job than its name says")
    }
    self.init(kind: kind, job: job, content: try archive.uint8s(named: "content"))
    guard archive.metadata["sha256"] == digest.hex else {
      throw DamagedFileError(path, "its content isn't what was written")
    }
  }
}
