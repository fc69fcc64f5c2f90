import ArgumentParser
import Foundation
import QueueProtocol
import StudyRunning

struct KeygenCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Makes, lists and revokes the keys that a coordinator admits.",
    discussion: """
      Run it where the coordinator's state folder is; a running coordinator takes changes in within a second, without a \
      restart. --worker and --client write a connection file (mode 0600) that the holder needs: send it by a way that \
      nobody else can read. A worker's key takes jobs and can't submit or cancel; a client's key submits, watches, \
      cancels and fetches results, and can't take jobs. A revoked key is refused from then on, also on connections \
      that are open; its name is not used again.
      """)

  @Option(
    help: ArgumentHelp("The coordinator's state folder, made if need be (required).", valueName: "folder"))
  var state: String

  @Option(help: ArgumentHelp("Make a worker's key of this name.", valueName: "name"))
  var worker: String?

  @Option(help: ArgumentHelp("Make a client's key of this name.", valueName: "name"))
  var client: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Connection file to write, required with --worker or --client.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Address in the connection file (default: the one at which the coordinator was last started).",
      valueName: "address"))
  var address: String?

  @Option(help: ArgumentHelp("Revoke every key of this name.", valueName: "name"))
  var revoke: String?

  @Flag(help: "List all keys (default: off).")
  var list = false

  @Flag(help: "Print JSON instead of text (default: text).")
  var json = false

  private var makesKeys: Bool { worker != nil || client != nil }

  func validate() throws {
    if state.isEmpty { throw ValidationError("--state needs the name of a folder") }
    guard [makesKeys, revoke != nil, list].filter({ $0 }).count == 1 else {
      throw ValidationError("give one of: --worker and/or --client, --revoke, --list")
    }
    if makesKeys, output?.isEmpty ?? true {
      throw ValidationError("--worker and --client need --output, the connection file to write")
    }
    if !makesKeys, output != nil || address != nil {
      throw ValidationError("--output and --address go with --worker or --client")
    }
  }

  func perform() throws {
    try categorized(.badInput) {
      let keys: [KeyRing.Key]
      if let revoke {
        try requireKeys()
        keys = try KeyRing.update(inState: state) { try $0.revoke(revoke) }
      } else if list {
        keys = try requireKeys().keys
      } else {
        keys = try makeKeys()
      }
      try report(keys)
    }
  }

  @discardableResult
  private func requireKeys() throws -> KeyRing {
    guard let ring = try KeyRing.read(inState: state) else {
      throw CommandError(
        .badInput,
        "\(state) has no keys: is it a coordinator's state folder, and does it listen with keys?")
    }
    return ring
  }

  /// Nothing is added unless the file can be written: a key whose secret is lost is of no use.
  private func makeKeys() throws -> [KeyRing.Key] {
    guard let output else { return [] }
    guard !FileManager.default.fileExists(atPath: output) else {
      throw CommandError(
        .badInput,
        "\(output) is there already: its keys would be lost; use another name, or move it away")
    }
    let address = try address ?? lastAddress()
    do {
      try ConnectionFile.check(address: address)
    } catch {
      // An address from --address or a connection file is bad input here, not a wrong option.
      throw CommandError(.badInput, "\(error)")
    }
    return try KeyRing.update(inState: state) { ring in
      let before = ring.keys.count
      var file = ConnectionFile(address: address, serverKey: try ring.serverKeys.publicKey)
      file.worker = try worker.map { try ring.add(.worker, name: $0) }
      file.client = try client.map { try ring.add(.client, name: $0) }
      try file.write(to: output)
      return Array(ring.keys[before...])
    }
  }

  private func lastAddress() throws -> String {
    let path = state + "/connection.json"
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        .badInput,
        "the coordinator's address is not known, as it was never started with \(state): start it first, or give --address"
      )
    }
    return try ConnectionFile(path: path).address
  }

  private func report(_ keys: [KeyRing.Key]) throws {
    if json {
      try Console.json(KeyList(keys: keys, connectionFile: output))
    } else if list {
      Console.result(KeyList(keys: keys, connectionFile: nil).table())
    } else if let output {
      let names = keys.map { "\($0.role) “\($0.name)”" }.joined(separator: " and ")
      Console.result("Written to \(output): the key of \(names)")
    } else {
      for key in keys { Console.result("Revoked the key of \(key.role) “\(key.name)”") }
    }
  }
}
