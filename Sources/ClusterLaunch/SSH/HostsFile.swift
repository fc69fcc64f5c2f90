import ErrorCategories
import Files

/// Hosts, one a line: `NAME [processes=N] [binary=PATH]`; what follows a `#` is a comment.
package enum HostsFile {
  /// Enough for thousands of hosts.
  private static let maximumBytes = 1 << 20

  /// Reads a file.
  ///
  /// - Throws: `HostsFileError`.
  package static func read(_ path: String) throws(HostsFileError) -> [LaunchHost] {
    let bytes: [UInt8]
    do throws(FileError) {
      // Perhaps a pipe: `--hosts <(…)` is useful.
      bytes = try FileContent.stream(path, limit: maximumBytes)
    } catch {
      throw HostsFileError(file: path, line: nil, problem: .unreadable(error))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw HostsFileError(file: path, line: nil, problem: .notText)
    }
    return try parse(text, file: path)
  }

  /// The hosts that a text names, in its order; at least one. `file` is the name for errors.
  static func parse(_ text: String, file: String) throws(HostsFileError) -> [LaunchHost] {
    var hosts: [LaunchHost] = []
    var lines: [String: Int] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard !words.isEmpty else { continue }
      do throws(LaunchHostError) {
        hosts.append(try LaunchHost(words: words))
      } catch {
        throw HostsFileError(file: file, line: index + 1, problem: .host(error))
      }
      let name = String(words[0])
      if let earlier = lines.updateValue(index + 1, forKey: name) {
        throw HostsFileError(
          file: file, line: index + 1,
          problem: .repeatedHost(name, earlierLine: earlier))
      }
    }
    guard !hosts.isEmpty else { throw HostsFileError(file: file, line: nil, problem: .noHosts) }
    return hosts
  }
}

/// A hosts file that can't be used.
package struct HostsFileError: CategorizedError, Hashable, Sendable {
  package let file: String
  /// The line, counted from 1; `nil` for the whole file.
  package let line: Int?
  package let problem: Problem

  package enum Problem: Hashable, Sendable {
    case unreadable(FileError)
    case notText
    case noHosts
    case host(LaunchHostError)
    case repeatedHost(String, earlierLine: Int)
  }

  package var category: ErrorCategory { .badInput }

  /// `hosts.txt, line 3: …`
  package var description: String {
    if case .unreadable(let error) = problem { return error.description }
    return file + (line.map { ", line \($0)" } ?? "") + ": \(problemText)"
  }

  private var problemText: String {
    switch problem {
    case .unreadable(let error): error.problem
    case .notText: "expected UTF-8 text"
    case .noHosts: "has no hosts: write one a line, as for ssh"
    case .host(let error): error.description
    case .repeatedHost(let name, let line):
      "\(name) is already in line \(line): use processes=N for more workers"
    }
  }
}

/// A host to start workers on.
package struct LaunchHost: Hashable, Sendable {
  /// Its name as ssh takes it: an alias, `user@host`, or `ssh://user@host:port`; an IPv6 address with or without brackets.
  package let name: String
  /// The number of worker processes; `nil`: the setting for all hosts.
  package let processes: Int?
  /// The program's path on the host; `nil`: the setting for all hosts.
  package let binary: String?

  /// - Throws: `LaunchHostError` if ssh would not take the name for one.
  package init(name: String, processes: Int? = nil, binary: String? = nil) throws(LaunchHostError) {
    guard !name.isEmpty, !name.hasPrefix("-"),
      name.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 })
    else { throw .badName(name) }
    if let processes, !(1...1024).contains(processes) { throw .badProcesses("\(processes)") }
    (self.name, self.processes, self.binary) = (name, processes, binary)
  }

  /// A host as a line of a hosts file tells of it: `NAME [processes=N] [binary=PATH]`, in words that spaces part.
  init(words: [Substring]) throws(LaunchHostError) {
    var processes: Int?
    var binary: String?
    for word in words.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch (parts[0], parts.count) {
      case ("processes", 2):
        guard processes == nil else { throw .repeated("processes") }
        guard let count = Int(parts[1]), (1...1024).contains(count) else {
          throw .badProcesses(String(parts[1]))
        }
        processes = count
      case ("binary", 2):
        guard binary == nil else { throw .repeated("binary") }
        guard !parts[1].isEmpty else { throw .noPath }
        binary = String(parts[1])
      default: throw .badWord(String(word))
      }
    }
    try self.init(name: words.first.map(String.init) ?? "", processes: processes, binary: binary)
  }
}

/// A malformed host.
package enum LaunchHostError: CategorizedError, Hashable, Sendable {
  /// ssh would not take it for a host.
  case badName(String)
  /// Not a number of processes, or one out of range.
  case badProcesses(String)
  /// `binary=` without a path.
  case noPath
  /// Neither `processes=N` nor `binary=PATH`.
  case badWord(String)
  /// A repeated key.
  case repeated(String)

  package var category: ErrorCategory { .badInput }

  package var description: String {
    switch self {
    case .badName(let name): "expected a host, NAME or USER@NAME as for ssh, got “\(name)”"
    case .badProcesses(let text): "expected 1 to 1024 processes, got “\(text)”"
    case .noPath: "binary= needs a path on the host"
    case .badWord(let word):
      "expected processes=N or binary=PATH after the host's name, got “\(word)”"
    case .repeated(let key): "\(key)= is given twice"
    }
  }
}
