import Foundation
import QueueProtocol
import Testing

@Suite struct KeygenTests {
  @Test func keysAreMadeListedAndRevoked() throws {
    let folder = try TestFolder()
    let made = try Program.run(
      "keygen", "--state", "state", "--worker", "hall-1", "--client", "desk", "-o", "c.json", "--address",
      "tcp://192.0.2.1:5555", in: folder)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output == "Written to c.json: the key of worker “hall-1” and client “desk”\n")
    let file = try ConnectionFile(path: folder / "c.json")
    let ring = try #require(try KeyRing.read(inState: folder / "state"))
    #expect(try file.serverKey == ring.serverKeys.publicKey)
    #expect(file.address == "tcp://192.0.2.1:5555")
    #expect(ring.keys.map(\.publicKey) == [file.worker?.publicKey, file.client?.publicKey])

    let revoked = try Program.run("keygen", "--state", "state", "--revoke", "hall-1", in: folder)
    #expect(revoked.output == "Revoked the key of worker “hall-1”\n")
    let list = try Program.run("keygen", "--state", "state", "--list", in: folder)
    let lines = list.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("worker  hall-1  20") && lines[1].hasSuffix("\(ring.keys[0].publicKey)"))
    #expect(lines[2].contains("client  desk") && lines[2].contains("Z  -  "))

    let json = try Program.run("keygen", "--state", "state", "--list", "--json", in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let keys = try #require(object?["keys"] as? [[String: Any]])
    #expect(keys.map { $0["name"] as? String } == ["hall-1", "desk"])
    #expect(keys[0]["revoked"] is String && keys[1]["revoked"] == nil)
    for text in [made.output, list.output, json.output] {
      #expect(!text.contains(file.worker?.secretKey.z85 ?? "") && !text.contains(ring.server.z85))
    }
  }

  @Test func connectionFilesAreNotOverwrittenAndFailuresAddNoKey() throws {
    let folder = try TestFolder()
    func make(_ name: String, _ file: String) throws -> Program.Result {
      try Program.run(
        "keygen", "--state", "state", "--worker", name, "-o", file, "--address", "tcp://h:1", "--json",
        in: folder)
    }
    #expect(try make("one", "c.json").status == 0)
    let again = try make("two", "c.json")
    #expect(again.status == 65)
    #expect(again.errors.contains("c.json"))
    let nowhere = try make("two", "nowhere/c.json")
    #expect(nowhere.status == 73)
    #expect(nowhere.errors.contains("nowhere/c.json"))
    #expect(nowhere.errors.contains(String(cString: strerror(ENOENT))))
    let slash = try make("a/b", "d.json")
    #expect(slash.status == 65)
    #expect(slash.errors.contains("“a/b”"))
    let taken = try make("one", "d.json")
    #expect(taken.status == 65)
    #expect(taken.errors.contains("“one”"))
    #expect(try KeyRing.read(inState: folder / "state")?.keys.map(\.name) == ["one"])
    #expect(!FileManager.default.fileExists(atPath: folder / "d.json"))
  }
}
