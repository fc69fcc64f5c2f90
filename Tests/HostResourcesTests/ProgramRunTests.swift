import Foundation
import HostResources
import Testing

@Suite struct ProgramRunTests {
  private func shell(_ line: String, folder: String? = nil) -> ProgramRun {
    ProgramRun(
      "/bin/sh", ["-c", line], environment: ["PATH": "/usr/bin:/bin", "WORD": "a b"], folder: folder)
  }

  @Test func outputErrorsAndStatus() throws {
    let result = try shell("cat; echo \"$WORD\"; echo bad >&2; exit 7").run()
    #expect(result.output == "a b\n" && result.errors == "bad\n" && result.exitStatus == 7)
  }

  @Test func endBySignal() throws {
    // This process ignores SIGPIPE perhaps, and the program must not.
    #expect(try shell("kill -PIPE $$").run().exitStatus == nil)
  }

  @Test func folderOfAnyName() throws {
    let folder = NSTemporaryDirectory() + "it's $(a) \(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let here = try shell("pwd -P", folder: folder).run().output
    #expect(here.hasSuffix(URL(fileURLWithPath: folder).lastPathComponent + "\n"))
    #expect(try shell("echo here", folder: folder + "/none").run().exitStatus != 0)
  }

  @Test func missingProgram() {
    let error = #expect(throws: ProgramRun.StartError.self) {
      try ProgramRun("/nowhere/program", [], environment: [:]).run()
    }
    #expect(error?.code == ENOENT)
  }

  /// More than pipes hold, on both; the beginning of the output and the end of the errors are kept.
  @Test(.timeLimit(.minutes(1))) func muchOutput() throws {
    let result = try shell(
      "echo first; for i in 1 2 3 4; do head -c 200000 /dev/zero | tr '\\0' x; head -c 200000 /dev/zero | tr '\\0' y >&2; done; echo last >&2"
    ).run(keptBytes: 100)
    #expect(result.exitStatus == 0)
    #expect(result.output.hasPrefix("first\nx") && result.output.utf8.count == 100)
    #expect(result.errors.hasSuffix("ylast\n") && result.errors.utf8.count == 100)
  }
}
