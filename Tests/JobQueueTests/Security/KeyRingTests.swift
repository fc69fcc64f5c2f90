import Foundation
import Testing
import ZeroMQ

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("The keys of a coordinator")
struct KeyRingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { KeyRing.path(inState: folder.path) }

  private func mode(of path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test("Keys are kept in a file that others can't read, without the secrets of workers and clients")
  func roundTrip() throws {
    let added = try KeyRing.update(inState: folder.path) { ring in
      (try ring.add(.worker, name: "hall-1"), try ring.add(.client, name: "hall-1"))
    }
    let ring = try #require(try KeyRing.read(inState: folder.path))
    #expect(ring.keys.map(\.userID) == ["worker:hall-1", "client:hall-1"])
    #expect(ring.admitted.users == [added.0.publicKey: "worker:hall-1", added.1.publicKey: "client:hall-1"])
    #expect(try mode(of: path) == 0o600)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!text.contains(added.0.secretKey.z85) && !text.contains(added.1.secretKey.z85))
    #expect(text.contains(ring.server.z85))
    #expect(try KeyRing.update(inState: folder.path) { $0 } == ring)
  }

  @Test("A revoked key is known as such, and its name is not used again")
  func revocation() throws {
    let key = try KeyRing.update(inState: folder.path) { try $0.add(.worker, name: "hall-1") }
    let revoked = try KeyRing.update(inState: folder.path) { try $0.revoke("hall-1") }
    #expect(revoked.map(\.userID) == ["worker:hall-1"])
    let ring = try #require(try KeyRing.read(inState: folder.path))
    #expect(ring.admitted == AdmittedKeys(revoked: [key.publicKey: "worker:hall-1"]))
    #expect(!ring.admits(key, as: .worker))
    var copy = ring
    #expect(throws: KeyFileError.nameTaken("hall-1", role: .worker, isRevoked: true)) {
      try copy.add(.worker, name: "hall-1")
    }
    #expect(throws: KeyFileError.noSuchName("hall-1", isRevoked: true)) { try copy.revoke("hall-1") }
    #expect(throws: KeyFileError.noSuchName("hall-2", isRevoked: false)) { try copy.revoke("hall-2") }
    #expect(copy == ring)
  }

  @Test(
    "Names are plain", arguments: ["", "a b", "a:b", "ä", "a/b", "a\u{0}", String(repeating: "a", count: 65)])
  func badName(name: String) throws {
    var ring = try KeyRing()
    #expect(throws: KeyFileError.badName(name)) { try ring.add(.worker, name: name) }
  }

  @Test("A change that fails leaves the file as it was")
  func failedChange() throws {
    _ = try KeyRing.update(inState: folder.path) { try $0.add(.worker, name: "one") }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(throws: KeyFileError.badName("")) {
      try KeyRing.update(inState: folder.path) { ring in
        try ring.revoke("one")
        _ = try ring.add(.worker, name: "")
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("Several that change the file at once lose nothing")
  func concurrentChanges() throws {
    let path = folder.path
    let writers = (0..<4).map { writer in
      Background {
        for number in 0..<10 {
          _ = try KeyRing.update(inState: path) { try $0.add(.worker, name: "key-\(writer)-\(number)") }
        }
      }
    }
    for writer in writers { try writer.value() }
    #expect(try KeyRing.read(inState: folder.path)?.keys.count == 40)
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(Set(files) == ["keys.json", "keys.lock"])
  }

  @Test("An empty file is refused: new keys in its place would lock everybody out")
  func emptyFile() throws {
    _ = try KeyRing.update(inState: folder.path) { $0 }
    try Data().write(to: URL(fileURLWithPath: path))
    let error = KeyFileError.empty(path: path, isKeyRing: true)
    #expect(throws: error) { try KeyRing.read(inState: folder.path) }
    #expect(throws: error) { try KeyRing.update(inState: folder.path) { try $0.add(.worker, name: "w") } }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
    #expect(throws: error) {
      var configuration = CoordinatorSecurity.Configuration(stateFolder: folder.path)
      configuration.listen = "tcp://0.0.0.0:0"
      _ = try CoordinatorSecurity(configuration, log: RecordedLog().logger)
    }
  }

  @Test("A file that others can read is refused", arguments: [0o644, 0o640, 0o604, 0o610])
  func openFile(mode: Int) throws {
    _ = try KeyRing.update(inState: folder.path) { $0 }
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    let error = #expect(throws: KeyFileError.readableByOthers(path: path, mode: UInt32(mode))) {
      try KeyRing.read(inState: folder.path)
    }
    #expect(error?.description.contains(path) == true)
    #expect(error?.description.contains(String(mode, radix: 8)) == true)
  }

  @Test(
    "A damaged file is refused with what is wrong",
    arguments: [
      ("[", ""), ("{}", "“format”"), (#"{"format": 2}"#, "2"), (#"{"format": 1}"#, "“server”"),
      (#"{"format": 1, "server": "abc", "keys": []}"#, "“server”"),
      (#"{"format": 1, "server": "KEY", "keys": [{"name": "a"}]}"#, "keys[0]"),
      (
        #"{"format": 1, "server": "KEY", "keys": [{"name": "a b", "role": "worker", "publicKey": "KEY", "created": "2026-01-01T00:00:00Z"}]}"#,
        "“a b”"
      ),
      (
        #"{"format": 1, "server": "KEY", "keys": [{"name": "a", "role": "king", "publicKey": "KEY", "created": "2026-01-01T00:00:00Z"}]}"#,
        "king"
      ),
    ])
  func damagedFile(text: String, gist: String) throws {
    let key = try CurveKeyPair.generate().secretKey.z85.replacing("\\", with: "\\\\")
    try text.replacing("KEY", with: key).write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    let error = #expect(throws: KeyFileError.self) { try KeyRing.read(inState: folder.path) }
    let text = try #require(error).description
    #expect(text.contains(path) && (gist.isEmpty || text.contains(gist)), "\(text)")
  }

  @Test("A folder in place of the file, or one that can't be made, is an error with its name")
  func unusableFolder() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: KeyFileError.badContent(path: path, detail: "it is no file")) {
      try KeyRing.read(inState: folder.path)
    }
    #expect(throws: KeyFileError.unwritable(path: "/dev/null/state", code: ENOTDIR)) {
      try KeyRing.update(inState: "/dev/null/state") { $0 }
    }
  }
}

@Suite("What a key allows")
struct KeyRoleTests {
  @Test("A worker's key can't do a client's work, nor a client's key a worker's")
  func roles() {
    for message in MessageTests.workerMessages {
      #expect(mayUse(.worker, messageType: message.parts.type))
      #expect(!mayUse(.client, messageType: message.parts.type))
    }
    for call in ClientMessageTests.calls {
      let type = ClientCall(request: 1, call).parts.type
      #expect(mayUse(.client, messageType: type))
      #expect(!mayUse(.worker, messageType: type))
    }
  }

  @Test("The role is in the user id")
  func userIDs() {
    #expect(KeyRole(userID: KeyRole.worker.userID("a:b")) == .worker)
    #expect(KeyRole(userID: KeyRole.client.userID("worker")) == .client)
    for text in ["", "worker", "king:a", ":a", "Worker:a"] { #expect(KeyRole(userID: text) == nil) }
  }
}
