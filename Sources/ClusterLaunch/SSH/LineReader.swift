import Glibc

/// Lines out of a pipe that is read without waiting.
struct LineReader {
  private static let longestLine = 4096
  private var rest: [UInt8] = []

  /// What has come since the last call, in whole lines; control characters are taken out, as they could do things to the
  /// terminal. `atEnd`: what follows the last line end is a line, too.
  mutating func read(_ fileDescriptor: Int32, atEnd: Bool = false) -> [String] {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    // A host that never stops to talk has its turn again later.
    for _ in 0..<16 {
      let count = Glibc.read(fileDescriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      rest += buffer[..<count]
    }
    var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let last = lines.removeLast()
    if atEnd || last.count > Self.longestLine {
      lines.append(last)
      rest = []
    } else {
      rest = Array(last)
    }
    return lines.map { line in
      let text = String(decoding: line.prefix(Self.longestLine), as: UTF8.self)
      return String(
        String.UnicodeScalarView(text.unicodeScalars.filter { $0 == "\t" || !Self.isControl($0) }))
    }.filter { !$0.isEmpty }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 32 || (127..<160).contains(scalar.value)
  }
}
