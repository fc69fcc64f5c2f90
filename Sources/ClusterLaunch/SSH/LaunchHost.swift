import ErrorCategories

/// A host to start workers on.
package struct LaunchHost: Hashable, Sendable {
  /// Its name as ssh takes it: an alias, `user@host`, or `ssh://user@host:port`.
  package let name: String
  /// How many worker processes; `nil` for what holds for all.
  package let processes: Int?
  /// The program's path on the host; `nil` for what holds for all.
  package let binary: String?

  /// A host.
  ///
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

/// What is wrong with a host.
package enum LaunchHostError: CategorizedError, Hashable, Sendable {
  /// ssh would not take it for a host.
  case badName(String)
  /// A number of processes that can't be.
  case badProcesses(String)
  /// `binary=` without a path.
  case noPath
  /// Something that isn't `processes=N` or `binary=PATH`.
  case badWord(String)
  /// A key that comes twice.
  case repeated(String)

  package var category: ErrorCategory { .badInput }

  /// What is wrong and what to write instead.
  package var description: String {
    switch self {
    case .badName(let name): "“\(name)” is no host: write NAME or USER@NAME, as for ssh"
    case .badProcesses(let text): "“\(text)” is no number of processes: write 1 to 1024"
    case .noPath: "binary= needs a path on the host"
    case .badWord(let word):
      "“\(word)” is unknown: after the host's name may stand processes=N and binary=PATH"
    case .repeated(let key): "\(key)= stands twice"
    }
  }
}
