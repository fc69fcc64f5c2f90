import Foundation
import Testing

@testable import ClusterLaunch

@Suite struct SSHCommandTests {
  @Test(arguments: [
    ("ssh", ["ssh"]), ("  ssh  -F x ", ["ssh", "-F", "x"]), ("ssh -F 'my conf'", ["ssh", "-F", "my conf"]),
    (#"ssh -F "a \"b\"" c\ d ''"#, ["ssh", "-F", #"a "b""#, "c d", ""]), (#"'a\b'"#, [#"a\b"#]),
  ])
  func wordsArePartedAsInAShell(text: String, words: [String]) {
    #expect(SSHCommand(text)?.words == words)
  }

  @Test(arguments: ["", "  ", "ssh 'x", #"ssh "x"#, #"ssh \"#, "'' x"])
  func whatIsNoCommandIsRefused(text: String) { #expect(SSHCommand(text) == nil) }

  @Test func theUsersOptionsComeFirstAndTheHostCannotBeAnOption() throws {
    let arguments = try #require(SSHCommand("ssh -o ConnectTimeout=1")).arguments(host: "h", command: "c")
    let mine = try #require(arguments.firstIndex(of: "ConnectTimeout=1"))
    let ours = try #require(arguments.firstIndex(of: "ConnectTimeout=10"))
    #expect(mine < ours)
    #expect(arguments.suffix(3) == ["--", "h", "c"])
  }

  /// OpenSSH doesn't resolve a name with brackets.
  @Test(arguments: [
    ("::1", "-- ::1"), ("[::1]", "-- ::1"), ("u@[fe80::1%eth0]", "-- u@fe80::1%eth0"), ("u@::1", "-- u@::1"),
    ("ssh://u@[::1]:2222", "-p 2222 -- u@::1"), ("ssh://[2001:db8::1]", "-- 2001:db8::1"),
    ("ssh://u@h:22", "-- ssh://u@h:22"), ("[alias]", "-- [alias]"), ("[::1]:22", "-- [::1]:22"),
    ("h", "-- h"),
  ])
  func addressesLoseTheirBrackets(host: String, expected: String) {
    let arguments = SSHCommand.standard.arguments(host: host, command: "c")
    let options = SSHCommand.standard.arguments(host: "h", command: "c").count - 3
    #expect(arguments.dropFirst(options).joined(separator: " ") == expected + " c")
  }

  /// The script passes any user's shell untouched, and its parts do what they say.
  @Test func theScriptTakesACopyOnceAndChecksIt() throws {
    let folder = NSTemporaryDirectory() + "potline-script-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // In the program's place: it prints what it was told.
    let fake = "#!/bin/sh\n[ \"$1\" = --version ] || echo \"$@\"\n"
    try fake.write(toFile: folder + "/fake", atomically: true, encoding: .utf8)
    let program = try WorkerProgram(path: folder + "/fake", version: "it's 1")
    let text = RemoteCommand(program: program, binary: nil, options: ["--x", "it's $HOME"]).text
    let end = try #require(text.range(of: " 'potline-launch'"))
    let script = text[..<end.lowerBound]
    #expect(script.count(where: { $0 == "'" }) == 2 && script.hasSuffix("'"))
    #expect(!script.contains("\\") && !script.contains("!") && !script.contains("\n"))
    func run(_ input: String) throws -> (status: Int32, output: String) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", text]
      process.environment = ["PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": folder + "/cache", "HOME": folder]
      let (to, from) = (Pipe(), Pipe())
      (process.standardInput, process.standardOutput) = (to, from)
      process.standardError = from
      try process.run()
      to.fileHandleForWriting.write(Data(input.utf8))
      try to.fileHandleForWriting.close()
      let output = String(decoding: from.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, output)
    }
    let started = "potline-launch: start\nworker --connection - --lifeline 60 --x it's $HOME\n"
    #expect(try run(fake.replacing("echo", with: "curl")).status == 126)
    #expect(try run("").status == 126)
    #expect(try run(fake) == (0, "potline-launch: copy\n" + started))
    #expect(try run("") == (0, started))
    let copy = folder + "/cache/potline/programs/\(program.digest)"
    #expect(try FileManager.default.contentsOfDirectory(atPath: copy) == ["potline"])
    try "#!/bin/sh\necho other\n".write(toFile: copy + "/potline", atomically: true, encoding: .utf8)
    #expect(try run(fake) == (0, "potline-launch: copy\n" + started))
  }
}
