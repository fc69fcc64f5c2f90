import Files
import Foundation
import FuzzSupport
import Testing
import ZeroMQ

@testable import QueueProtocol

/// Connection files and key rings, damaged on the disk, in processes of their own: no crash, no hang, and the error names
/// the file.
@Suite(.timeLimit(.minutes(20))) struct DamagedKeyFilesTests {
  @Test func connectionFiles() async {
    await #expect(processExitsWith: .success) {
      let folder = NSTemporaryDirectory() + "potline-damaged-" + UUID().uuidString
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try Folder.make(folder)
      let path = folder + "/connection.json"
      let keys = ConnectionFile.Credentials(name: "hall-1", keys: try CurveKeyPair.generate())
      let file = ConnectionFile(
        address: "tcp://192.0.2.1:5555", serverKey: try CurveKeyPair.generate().publicKey, worker: keys,
        client: keys)
      let corpus = [try file.passage(), try ConnectionFile(address: "tcp://127.0.0.1:5555").passage()]
      let findings = try Fuzzing.damage(path: path, corpus: corpus, seed: 111) {
        _ = try ConnectionFile(path: path)
      }
      #expect(findings.isEmpty, "\(findings.joined(separator: "; "))")
    }
  }

  @Test func keyRings() async {
    await #expect(processExitsWith: .success) {
      let folder = NSTemporaryDirectory() + "potline-damaged-" + UUID().uuidString
      defer { try? FileManager.default.removeItem(atPath: folder) }
      _ = try KeyRing.update(inState: folder) { ring in
        _ = try ring.add(.worker, name: "hall-1")
        try ring.revoke("hall-1")
        return try ring.add(.client, name: "desk")
      }
      let path = KeyRing.path(inState: folder)
      let corpus = [try FileContent.read(path, limit: 1 << 20).bytes]
      let findings = try Fuzzing.damage(path: path, corpus: corpus, seed: 112) {
        _ = try KeyRing.read(inState: folder)
      }
      #expect(findings.isEmpty, "\(findings.joined(separator: "; "))")
    }
  }
}
