import ErrorCategories
import Foundation

/// Hosts, one a line: `NAME [processes=N] [binary=PATH]`; what follows a `#` is a comment.
package enum HostsFile {
  /// Large enough for thousands of hosts.
  private static let maximumBytes = 1 << 20

  /// Reads a file.
  ///
  /// - Throws: `HostsFileError`.
  package static func read(_ path: String) throws(HostsFileError) -> [LaunchHost] {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw HostsFileError(file: path, line: nil, detail: String(cString: strerror(errno)).lowercased())
    }
    guard let bytes = try? handle.read(upToCount: maximumBytes + 1) ?? Data() else {
      throw HostsFileError(file: path, line: nil, detail: "can't be read: is it a file?")
    }
    guard bytes.count <= maximumBytes else {
      throw HostsFileError(
        file: path, line: nil, detail: "has more than \(maximumBytes) bytes: is it a hosts file?")
    }
    guard let text = String(bytes: bytes, encoding: .utf8) else {
      throw HostsFileError(file: path, line: nil, detail: "is no UTF-8 text")
    }
    return try parse(text, file: path)
  }

  /// The hosts that a text names, in its order; at least one. `file` is what errors call it.
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
        throw HostsFileError(file: file, line: index + 1, detail: "\(error)")
      }
      let name = String(words[0])
      if let earlier = lines.updateValue(index + 1, forKey: name) {
        throw HostsFileError(
          file: file, line: index + 1,
          detail: "\(name) stands in line \(earlier) already: use processes=N for more")
      }
    }
    guard !hosts.isEmpty else { throw HostsFileError(file: file, line: nil, detail: "names no host") }
    return hosts
  }
}

/// A hosts file that can't be used.
package struct HostsFileError: CategorizedError, Hashable, Sendable {
  /// The file.
  package let file: String
  /// The line, counted from 1; `nil` if it is about the whole file.
  package let line: Int?
  /// What is wrong.
  package let detail: String

  package var category: ErrorCategory { .badInput }

  /// `hosts.txt, line 3: …`
  package var description: String { file + (line.map { ", line \($0)" } ?? "") + ": \(detail)" }
}
