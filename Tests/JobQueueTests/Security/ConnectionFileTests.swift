import Foundation
import Testing
import ZeroMQ

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Connection files")
struct ConnectionFileTests {
  let folder: TemporaryFolder
  let path: String
  let full: ConnectionFile

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("connection.json")
    full = ConnectionFile(
      address: "tcp://192.0.2.1:5555", serverKey: try CurveKeyPair.generate().publicKey,
      worker: .init(name: "hall-1", keys: try .generate()), client: .init(name: "desk", keys: try .generate())
    )
  }

  private func write(_ text: String, mode: Int = 0o600) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test("What was written is read, and only the owner can")
  func roundTrip() throws {
    try full.write(to: path)
    #expect(try ConnectionFile(path: path) == full)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let loopback = ConnectionFile(address: "tcp://127.0.0.1:5555")
    try loopback.write(to: path)
    #expect(try ConnectionFile(path: path) == loopback)
  }

  @Test(
    "Another file is not replaced",
    arguments: ["notes", #"{"format":2,"address":"tcp://127.0.0.1:5555"}"#, #"{"format":1,"name":"x"}"#])
  func otherFile(_ text: String) throws {
    try write(text)
    #expect(throws: KeyFileError.otherFile(path: path)) { try full.write(to: path) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    #expect(throws: KeyFileError.otherFile(path: folder.path)) { try full.write(to: folder.path) }
    try write("")
    try full.write(to: path)
    #expect(try ConnectionFile(path: path) == full)
  }

  @Test("The smallest file is a format and an address, and may be readable by all")
  func smallest() throws {
    try write(#"{"format":1,"address":"tcp://127.0.0.1:5555"}"#, mode: 0o644)
    #expect(try ConnectionFile(path: path) == ConnectionFile(address: "tcp://127.0.0.1:5555"))
  }

  @Test("Secret keys that others can read are refused")
  func openFile() throws {
    try full.write(to: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: KeyFileError.readableByOthers(path: path, mode: 0o640)) { try ConnectionFile(path: path) }
  }

  @Test(
    "A bad file is refused with what is wrong",
    arguments: [
      (#"{"format":1}"#, "“address” is missing"), (#"{"format":9,"address":"x"}"#, "has format 9"),
      (#"{"format":1,"address":"host:5555"}"#, "“address”: “host:5555” is not an address"),
      (#"{"format":1,"address":"tcp://h:1","serverKey":"short"}"#, "“serverKey”: not a key"),
      (#"{"format":1,"address":"tcp://h:1","worker":{"name":"a"}}"#, "“worker.publicKey” is missing"),
      ("nonsense", "isn't JSON"),
    ])
  func badFile(text: String, gist: String) throws {
    try write(text)
    let error = #expect(throws: KeyFileError.self) { try ConnectionFile(path: path) }
    #expect(error?.description.contains(gist) == true, "\(String(describing: error))")
    #expect(error?.description.contains(path) == true)
  }

  @Test("Keys that don't belong together are refused")
  func mismatchedPair() throws {
    var file = full
    file.worker?.publicKey = try CurveKeyPair.generate().publicKey
    try file.write(to: path)
    #expect(throws: KeyFileError.mismatchedPair(path: path, name: "hall-1")) {
      try ConnectionFile(path: path)
    }
  }

  @Test("A missing file, and a folder that is not there, are errors with their names")
  func missing() throws {
    #expect(throws: KeyFileError.unreadable(path: path, code: ENOENT)) { try ConnectionFile(path: path) }
    let nowhere = folder.file("nowhere/connection.json")
    #expect(throws: KeyFileError.unwritable(path: nowhere, code: ENOENT)) { try full.write(to: nowhere) }
  }

  @Test("Without a server key only loopback is used, unless insecurity is asked for")
  func security() throws {
    let open = ConnectionFile(address: "tcp://192.0.2.1:5555")
    let socket = try Socket(.dealer, context: Context(), options: SocketOptions(maximumMessageSize: 1000))
    #expect(throws: EndpointError.notLoopback(try Endpoint(open.address))) {
      try socket.connect(to: open.address, security: open.security(as: .worker))
    }
    #expect(try open.security(as: .worker, isInsecure: true).isInsecure)
    var half = full
    half.client = nil
    #expect(throws: KeyFileError.noKey(path: "c.json", role: .client)) {
      try half.security(as: .client, isInsecure: true, path: "c.json")
    }
    #expect(try !half.security(as: .worker, isInsecure: true).isInsecure)
  }
}
