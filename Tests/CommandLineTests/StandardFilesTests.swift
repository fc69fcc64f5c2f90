import Foundation
import Testing

/// What the program makes of the files that it was started with.
@Suite(.serialized) struct StandardFilesTests {
  @Test func closedFilesAreNotTakenByOthers() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: 20_000), to: "study.yaml")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    let words = [Program.path, "run", folder / "study.yaml", "-o", folder / "out", "--processes", "1"]
    let arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    try #require(posix_spawn(&pid, Program.path, &actions, nil, arguments, environ) == 0)
    var status: Int32 = 0
    defer {
      kill(pid, SIGINT)
      waitpid(pid, &status, 0)
    }
    try waitUntil("it has a worker") { !RunningProgram.children(of: pid).isEmpty }
    for descriptor in 0...2 {
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)")
      #expect(target == "/dev/null")
    }
  }

  /// As after Ctrl-C in `potline run ... 2>&1 | tee`: the reader goes first, and the stop must still be clean.
  @Test func readerThatHasGoneDoesNotEndARun() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: 20_000), to: "study.yaml")
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["run", folder / "study.yaml", "-o", folder / "out", "--processes", "1"]
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    try waitUntil("its worker trains") {
      let workers = RunningProgram.children(of: process.processIdentifier)
      return workers.contains { RunningProgram.processorSeconds($0) > 0.3 }
    }
    try pipe.fileHandleForReading.close()
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
  }
}
