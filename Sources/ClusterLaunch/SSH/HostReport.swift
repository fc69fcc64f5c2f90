/// What a host tells the launcher, a line each, on the standard output of what runs there. Other lines (a shell's greeting)
/// mean nothing.
package enum HostReport: Hashable, Sendable {
  /// It has no program of the launcher's digest and wants it on standard input.
  case copy
  /// Its program works; it wants the connection file on standard input.
  case start
  /// So many worker processes run.
  case running(Int)

  private static let marker = "potline-launch: "

  /// The report as a line, without the line's end.
  package var line: String {
    switch self {
    case .copy: Self.marker + "copy"
    case .start: Self.marker + "start"
    case .running(let count): Self.marker + "running \(count)"
    }
  }

  /// The report that a line is; `nil` for any other line.
  package init?(line: some StringProtocol) {
    guard line.hasPrefix(Self.marker) else { return nil }
    let words = line.dropFirst(Self.marker.count).split(separator: " ")
    switch (words.first, words.count) {
    case ("copy", 1): self = .copy
    case ("start", 1): self = .start
    case ("running", 2):
      guard let count = Int(words[1]), (0...1024).contains(count) else { return nil }
      self = .running(count)
    default: return nil
    }
  }
}
