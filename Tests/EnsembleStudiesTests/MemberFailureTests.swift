import Digests
import Files
import Foundation
import Safetensors
import SparseNetworks
import Testing

@testable import EnsembleStudies

@Suite struct MemberFailureTests {
  private let error = NonFiniteLoss(epoch: 3, step: 120)

  @Test("A failure with details doesn't depend on the wording of any message", arguments: ["", "reworded"])
  func details(message: String) {
    let failure = MemberFailure(message: message, details: MemberFailure.details(of: error))
    #expect(failure == MemberFailure(reason: error.description, epoch: 3, step: 120))
  }

  @Test(
    "Without details that can be read, the message alone is known",
    arguments: [
      "", "{}", #"{"kind":"flood","epoch":1,"step":1}"#, #"{"kind":"nonFiniteLoss","epoch":0,"step":1}"#,
    ])
  func unknown(details: String) {
    let message = error.description
    #expect(
      MemberFailure(message: message, details: Array(details.utf8)) == MemberFailure(reason: message))
  }

  @Test("The details are the same bytes for ever: results of jobs are compared with them")
  func encoding() {
    #expect(
      String(decoding: MemberFailure.details(of: error), as: UTF8.self)
        == #"{"epoch":3,"kind":"nonFiniteLoss","step":120}"#)
  }

  @Test("A result file gives the failure back; one of version 0.1.0, in words, is read")
  func resultFiles() throws {
    let path = FileManager.default.temporaryDirectory.path + "/potline-failure-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createDirectory(atPath: path + "/results", withIntermediateDirectories: true)
    let folder = JobFolder(path)
    let (new, old, odd) = (SHA256Digest.of([1]), SHA256Digest.of([2]), SHA256Digest.of([3]))
    try folder.finish(.failed, MemberFailure.details(of: error), of: new)
    try Self.writeVersion1(Array("it diverged".utf8), of: old, to: path)
    try folder.finish(.failed, Array("it diverged".utf8), of: odd)
    guard case .failed(let failure) = try folder.end(of: new),
      case .failed(let earlier) = try folder.end(of: old)
    else {
      Issue.record("a failure was read as a result")
      return
    }
    #expect(failure == MemberFailure(error))
    #expect(earlier == MemberFailure(reason: "it diverged"))
    #expect(throws: DamagedFileError.self) { try folder.end(of: odd) }
  }

  /// As version 0.1.0 wrote a failure.
  private static func writeVersion1(_ content: [UInt8], of job: SHA256Digest, to path: String) throws {
    let digest = SHA256Digest.of(Array("failed\n\(job.hex)\n".utf8) + content)
    var archive = TensorArchive(metadata: [
      "format": "potline-sealed-1", "kind": "failed", "job": job.hex, "sha256": digest.hex,
    ])
    try archive.add("content", shape: [content.count], values: content)
    try Data(archive.encoded()).write(to: URL(fileURLWithPath: "\(path)/results/\(job.hex).potline-result"))
  }
}
