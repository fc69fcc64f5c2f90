import Files
import Foundation
import Testing

@Suite struct OutputWriterTests {
  @Test func fullDeviceIsReportedOnce() throws {
    let file = open("/dev/full", O_WRONLY | O_CLOEXEC)
    try #require(file >= 0)
    defer { close(file) }
    let writer = OutputWriter(file, name: "standard output")
    try writer.check()
    writer.write("a")
    #expect(!writer.isUsable)
    writer.write("b")
    #expect(throws: FileError("standard output", .write, .system(ENOSPC))) { try writer.check() }
  }

  @Test func readerThatHasGoneIsNoFailure() async {
    // Whether SIGPIPE is ignored holds for a whole process.
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_IGN)
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      close(ends[0])
      let writer = OutputWriter(ends[1], name: "standard output")
      writer.write("a")
      #expect(!writer.isUsable)
      try writer.check()
    }
  }

  /// Another program may have made the terminal or pipe non-blocking.
  @Test func nonBlockingPipeGetsAll() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let (input, output) = (ends[0], ends[1])
    let text = String(repeating: "0123456789", count: 50_000)
    let thread = Thread {
      OutputWriter(output, name: "pipe").write(text)
      close(output)
    }
    thread.start()
    let received = FileHandle(fileDescriptor: input, closeOnDealloc: true).readDataToEndOfFile()
    #expect(received == Data(text.utf8))
  }
}
