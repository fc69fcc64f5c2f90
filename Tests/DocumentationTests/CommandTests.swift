import Foundation
import Testing

/// Commands in documents exist, with the options that they are given. The reference is the help of every
/// command, in the snapshots of CommandLineTests.
@Suite struct CommandTests {
  private static let snapshots = "Tests/CommandLineTests/Snapshots"

  @Test(arguments: Repository.documents)
  func commandsExist(path: String) throws {
    for code in try Document(path).code {
      for words in Self.calls(in: code) { try Self.check(words, "\(path): \(code)") }
    }
  }

  /// The words after each `potline` in a line, up to the end of that command.
  static func calls(in code: String) -> [[Substring]] {
    // `-n potline` names a namespace of Kubernetes.
    let line = code.replacing(/(^|\s)#.*/, with: "").replacing("-n potline", with: "")
    return line.matches(of: /(?:^|[\s\/`])potline((?:\s+[^\s|;&<>()]+)+)/).map { match in
      match.1.split(whereSeparator: \.isWhitespace)
    }
  }

  private static func check(_ words: [Substring], _ place: String) throws {
    var command = ""
    var rest = words[...]
    if rest.first == "help" { rest.removeFirst() }
    while let word = rest.first, Repository.exists("\(snapshots)/\(command)\(word)_--help.txt") {
      command += "\(word)_"
      rest.removeFirst()
    }
    let isPlaceholder = rest.first.map { $0.hasPrefix("-") || $0.first!.isUppercase || $0 == "…" } ?? false
    #expect(!command.isEmpty || isPlaceholder, "\(place): there is no such command")
    if let word = rest.first, word.first!.isLowercase, word.allSatisfy(\.isLetter), !command.isEmpty {
      let isArgument = try takesArguments(command)
      #expect(isArgument, "\(place): potline \(command.replacing("_", with: " "))has no subcommand \(word)")
    }
    // Some commands have a default subcommand, whose options may be given without its name.
    let texts = try FileManager.default.contentsOfDirectory(atPath: "\(Repository.root)/\(snapshots)")
      .filter { $0.hasPrefix(command) && $0.hasSuffix("--help.txt") && (command != "" || $0 == "--help.txt") }
      .map { try Repository.text("\(snapshots)/\($0)") }
    for word in rest where word.hasPrefix("-") && word.dropFirst().contains(where: \.isLetter) {
      let option = word.prefix { $0 != "=" && $0 != "…" && $0 != "." && $0 != "," }
      let isListed = try texts.contains { text in
        try Regex("(^|[\\s,\\[])\(option)([\\s,\\]<]|$)").anchorsMatchLineEndings().firstMatch(in: text)
          != nil
      }
      #expect(isListed, "\(place): potline \(command.replacing("_", with: " "))has no option \(option)")
    }
  }

  /// Whether a command, or its default subcommand, takes arguments besides options.
  private static func takesArguments(_ command: String) throws -> Bool {
    let help = try Repository.text("\(snapshots)/\(command)--help.txt")
    if help.contains("\nARGUMENTS:") { return true }
    guard let name = help.firstMatch(of: /\n  ([a-z]+) \(default\)/)?.1 else { return false }
    return try Repository.text("\(snapshots)/\(command)\(name)_--help.txt").contains("\nARGUMENTS:")
  }
}
