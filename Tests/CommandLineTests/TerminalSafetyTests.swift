import Foundation
import Logging
import QueueProtocol
import QueueWorker
import Testing

/// Nothing from files, peers, arguments or the environment controls the terminal.
@Suite(.serialized, .timeLimit(.minutes(10))) struct TerminalSafetyTests {
  /// Clears the screen, sets the title, goes back a line; also with C1 characters, and turns the text around.
  private static let hostile = "a\u{1B}[2J\u{1B}]0;t\u{7}\u{8}\u{7F}\u{9B}1A\u{202E}z"
  private let hostile = TerminalSafetyTests.hostile
  /// In a double-quoted text of YAML and in JSON.
  private let escaped = "a\\u001b[2J\\u0007\\u009b1A\\u202ez"

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x09: false
    case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Expects that the command mentions the hostile text, or else `mention`, without a control character in it.
  private func expectPlain(
    _ arguments: [String], environment: [String: String] = [:], in folder: TestFolder,
    mention: String? = "a?[2J", status: Int32? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Program.start(arguments, environment: environment, in: folder).wait()
    expectPlain(result.output + result.errors, mention, sourceLocation)
    if let status { #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation) }
  }

  private func expectPlain(_ text: String, _ mention: String?, _ sourceLocation: SourceLocation) {
    let controls = text.unicodeScalars.filter(Self.isControl)
    #expect(controls.isEmpty, "\(text.debugDescription)", sourceLocation: sourceLocation)
    if let mention {
      #expect(text.contains(mention), "\(text.debugDescription)", sourceLocation: sourceLocation)
    }
  }

  @Test func argumentsAndTheEnvironment() throws {
    let folder = try TestFolder()
    try expectPlain([hostile], in: folder, status: 64)
    try expectPlain(["run", "--\(hostile)"], in: folder, mention: nil, status: 64)
    try expectPlain(["run", hostile], in: folder, status: 65)
    try expectPlain(["simulate", "-o", "x", "--system", hostile], in: folder, status: 64)
    try expectPlain(["report", hostile], in: folder, status: 65)
    try expectPlain(["inspect", hostile], in: folder, status: 65)
    try expectPlain(["collect", hostile, "-o", "x"], in: folder, status: 65)
    try expectPlain(["job", "run", "--jobs", hostile, "-o", "x"], in: folder, status: 65)
    try expectPlain(["launch", "ssh", "--hosts", hostile, "--connection", "x"], in: folder, mention: nil)
    try expectPlain(["keygen", "--state", hostile, "--list"], in: folder, status: 65)
    try expectPlain(["coordinator", "--state", "s", "--listen", hostile], in: folder)
    try expectPlain(["status"], environment: ["POTLINE_CONNECTION": hostile], in: folder, status: 65)
    try expectPlain(
      ["--version", "--verbose"], environment: ["POTLINE_KERNELS": hostile], in: folder, status: 65)
    try folder.write(smallStudy(members: 1), to: hostile)
    try expectPlain(["study", "show", hostile, "--seed", "x"], in: folder, mention: "x", status: 64)
    try expectPlain(["job", "list", hostile, "-o", "out-\(hostile)"], in: folder, status: 0)
  }

  /// A study file's own text, and what it says of the data.
  @Test func studyFilesAndDataFiles() throws {
    let folder = try TestFolder()
    let study = smallStudy(members: 1)
    try folder.write(study.replacing("name: small", with: "name: \"\(escaped)\""), to: "name.yaml")
    try expectPlain(["run", "name.yaml", "-o", "x"], in: folder, mention: nil, status: nil)
    try folder.write(study.replacing("hidden:", with: "\"\(escaped)\":"), to: "key.yaml")
    try expectPlain(["run", "key.yaml", "-o", "x"], in: folder, mention: nil, status: 65)
    try folder.write(study.replacing("- name: dense", with: "- name: \"\(escaped)\""), to: "variant.yaml")
    try expectPlain(["run", "variant.yaml", "-o", "x"], in: folder, mention: nil, status: nil)
    try folder.write("name: \(hostile)", to: "raw.yaml")
    try expectPlain(["run", "raw.yaml", "-o", "x"], in: folder, mention: "raw.yaml", status: 65)

    let data =
      "    files: {train: [\"*.csv\"], test: [\"test/*.csv\"], states: [x, y], inputs: [u], samplingTime: 1}"
    try folder.write(smallStudy(members: 1, dataset: data), to: "files.yaml")
    try FileManager.default.createDirectory(atPath: folder / "test", withIntermediateDirectories: true)
    try folder.write("x,y,u\n1,2,3\n4,5,7\n", to: "test/1.csv")
    try folder.write("\(hostile),y,u\n1,2,3\n4,5,7\n", to: "1.csv")
    try expectPlain(["run", "files.yaml", "-o", "x"], in: folder, status: 65)
    try folder.write("x,y,u\n1,2,\(hostile)\n4,5,7\n", to: "1.csv")
    try expectPlain(["run", "files.yaml", "-o", "x"], in: folder, status: 65)
    try folder.write("x,y,u\n1,2,lots\n4,5,7\n", to: "1.csv")
    try FileManager.default.moveItem(atPath: folder / "1.csv", toPath: folder / "\(hostile).csv")
    try expectPlain(["run", "files.yaml", "-o", "x"], in: folder, status: 65)
    try FileManager.default.removeItem(atPath: folder / "\(hostile).csv")
    try Data([0x1F, 0x8B, 0x1B, 0x5B] + Array("\u{1B}[2J".utf8)).write(
      to: URL(fileURLWithPath: folder / "1.csv"))
    try expectPlain(["run", "files.yaml", "-o", "x"], in: folder, mention: "1.csv", status: 65)
  }

  /// Files that the program wrote once, and others changed.
  @Test func filesOfTheProgramsOwn() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    let member = try #require(FileManager.default.contentsOfDirectory(atPath: folder / "out/members").first)
    try FileManager.default.moveItem(
      atPath: folder / "out/members/\(member)", toPath: folder / "out/members/\(hostile)")
    try expectPlain(["inspect", "out/members/\(hostile)"], in: folder, status: 0)
    try folder.write("{\"\(escaped)\": 1}", to: "out/statistics.json")
    try expectPlain(["report", "out"], in: folder, mention: "out/", status: 65)
    try folder.write("{\"format\": \"\(escaped)\"}\n\(hostile)\n", to: "jobs.jsonl")
    try expectPlain(
      ["job", "run", "--jobs", "jobs.jsonl", "-o", "jobs"], in: folder, mention: "jobs.jsonl", status: 65)
    try FileManager.default.createDirectory(atPath: folder / "jobs", withIntermediateDirectories: true)
    try folder.write("{\"study\": \"\(escaped)\"}", to: "jobs/study.json")
    try expectPlain(["collect", "jobs", "-o", "x"], in: folder, mention: "jobs", status: 65)
    try folder.write("{\"address\": \"\(escaped)\"}", to: "connection.json")
    _ = chmod(folder / "connection.json", 0o600)
    try expectPlain(
      ["status", "--connection", "connection.json"], in: folder, mention: "connection.json", status: 65)
    try FileManager.default.createDirectory(atPath: folder / "out/journal", withIntermediateDirectories: true)
    try folder.write(hostile, to: "out/journal/journal.sqlite")
    try expectPlain(["run", "study.yaml", "-o", "out"], in: folder, mention: "journal.sqlite")
  }

  /// What the coordinator, workers and other clients say.
  @Test func peers() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder)
    let address = try ConnectionFile(path: service.connection).address
    let client = try QueueClient(QueueClient.Configuration(address: address))
    _ = try client.submit(Submission(name: hostile, jobs: [NewJob(payload: Array(hostile.utf8))]))
    // It leaves with the coordinator.
    Thread.detachNewThread { [hostile] in
      var configuration = Worker.Configuration(address: address)
      (configuration.host, configuration.version, configuration.instructionSet) = (hostile, hostile, hostile)
      let log = Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() }
      _ = try? Worker(configuration, runner: FailingRunner(message: hostile), log: log).run()
    }
    try waitUntil("the job has failed") { try service.study("s1")["failed"] as? Int == 1 }
    for command in [["status"], ["status", "s1"], ["workers"], ["wait", "s1"]] {
      try expectPlain(
        command + ["--connection", service.connection], in: folder,
        mention: command == ["wait", "s1"] ? nil : "a?[2J")
    }
    try expectPlain(
      ["results", "s1", "-o", "x", "--connection", service.connection], in: folder, mention: nil)
    try service.stop()
    expectPlain(service.coordinator.output + service.coordinator.errors, nil, #_sourceLocation)
  }

  /// JSON, study files and scripts are exact in files and pipes, and harmless on a terminal.
  @Test func dataIsExactInAPipeAndPlainOnATerminal() throws {
    let folder = try TestFolder()
    try folder.write(
      smallStudy(members: 1).replacing("name: small", with: "name: small # \u{202E}z\r"), to: "study.yaml")
    #expect(try Program.run("study", "show", "study.yaml", in: folder).output == folder.text("study.yaml"))
    let (status, shown) = try PseudoTerminal().run(["study", "show", "study.yaml"], in: folder)
    #expect(status == 0)
    #expect(
      !shown.replacing("\r\n", with: "\n").unicodeScalars.contains(where: Self.isControl),
      "\(shown.debugDescription)")
    #expect(shown.contains("name: small # ?z\r\n"))
  }

  /// The live display of a run on a terminal uses no more than it needs.
  @Test func progressOnATerminal() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let (status, text) = try PseudoTerminal(columns: 30).run(
      ["run", "study.yaml", "-o", "out-\(hostile)"], in: folder)
    #expect(status == 0)
    let plain = text.replacing("\r\n", with: "\n").replacing("\r\u{1B}[K", with: "")
    #expect(!plain.unicodeScalars.contains(where: Self.isControl), "\(plain.debugDescription)")
    #expect(plain.contains("out-a?[2J"))
  }
}

private struct FailingRunner: JobRunner {
  let message: String
  func run(_ job: JobInput, context: JobContext) throws -> [UInt8] { throw JobFailure(.invalidJob, message) }
}
