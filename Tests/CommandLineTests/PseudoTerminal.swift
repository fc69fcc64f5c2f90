import Foundation
import Testing

/// A terminal without a screen, and the program at it.
final class PseudoTerminal {
  private let main: Int32
  private let side: Int32
  private var shown: [UInt8] = []

  /// A terminal of a size in characters.
  init(columns: UInt16 = 80, rows: UInt16 = 24) throws {
    main = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(main >= 0)
    // TIOCSPTLCK and TIOCGPTN, which Swift does not see.
    var (locked, number): (Int32, UInt32) = (0, 0)
    try #require(ioctl(main, 0x4004_5431, &locked) == 0 && ioctl(main, 0x8004_5430, &number) == 0)
    side = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(side >= 0)
    _ = fcntl(main, F_SETFL, O_NONBLOCK)
    resize(columns: columns, rows: rows)
  }

  deinit {
    close(main)
    close(side)
  }

  func resize(columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    #expect(ioctl(side, UInt(TIOCSWINSZ), &size) == 0)
  }

  /// Starts the program with the terminal as standard output, and as standard error unless `errors` says otherwise.
  func start(_ arguments: [String], in folder: TestFolder, errors: FileHandle? = nil) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let handle = FileHandle(fileDescriptor: side, closeOnDealloc: false)
    process.standardInput = FileHandle.nullDevice
    (process.standardOutput, process.standardError) = (handle, errors ?? handle)
    try process.run()
    return process
  }

  /// Starts a shell with job control whose terminal this is, with the program in its path.
  func startShell(in folder: TestFolder) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "setsid --ctty --wait bash --norc --noprofile -i; exit"]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let binaries = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PATH": "\(binaries):/usr/bin:/bin", "HISTFILE": "/dev/null"]
    ) { $1 }
    let handle = FileHandle(fileDescriptor: side, closeOnDealloc: false)
    (process.standardInput, process.standardOutput, process.standardError) = (handle, handle, handle)
    try process.run()
    return process
  }

  /// Presses keys.
  func type(_ text: String) throws {
    let bytes = Array(text.utf8)
    try #require(write(main, bytes, bytes.count) == bytes.count)
  }

  /// Runs the program to its end, and returns all that the terminal got.
  func run(_ arguments: [String], in folder: TestFolder) throws -> (status: Int32, text: String) {
    let process = try start(arguments, in: folder)
    // A full terminal would block it.
    try waitUntil("it ends") {
      _ = text()
      return !process.isRunning
    }
    return (process.terminationStatus, text())
  }

  /// All that the terminal has got so far.
  func text() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(main, &buffer, buffer.count)
      guard count > 0 else { break }
      shown += buffer.prefix(count)
    }
    return String(decoding: shown, as: UTF8.self)
  }
}
