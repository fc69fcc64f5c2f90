import Glibc

/// The folder for files that can be made or fetched again.
package enum CacheFolder {
  /// As the XDG specification has it: `$XDG_CACHE_HOME`, which must be an absolute path, or else `.cache` in `$HOME`.
  /// Without a home, as in some containers and services, a folder of the user's own, mode 0700, in `$TMPDIR` or /tmp.
  ///
  /// - Parameters:
  ///   - name: The path of the program's own folder in it.
  ///   - variable: A variable of the environment; nil if it isn't set.
  package static func path(
    for name: String, variable: (String) -> String? = { getenv($0).map { String(cString: $0) } }
  ) -> String {
    func absolute(_ key: String) -> String? { variable(key).flatMap { $0.hasPrefix("/") ? $0 : nil } }
    if let caches = absolute("XDG_CACHE_HOME") { return joined(caches, name) }
    // Users of services often have a home that doesn't exist.
    if let home = absolute("HOME"), Folder.exists(home) { return joined(home, ".cache/\(name)") }
    return joined(absolute("TMPDIR") ?? "/tmp", "\(temporaryPrefix)\(geteuid())/\(name)")
  }

  /// Makes the folder. One in a folder that others may write to must belong to the user: others could have made it.
  package static func make(_ path: String) throws(FileError) {
    guard let mark = path.firstRange(of: "/\(temporaryPrefix)\(geteuid())/") else {
      return try Folder.make(path)
    }
    let own = String(path[..<mark.upperBound].dropLast())
    try Folder.make(own, mode: 0o700)
    var status = stat()
    guard lstat(own, &status) == 0 else { throw FileError(own, .makeFolder) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw FileError(own, .makeFolder, .ofOthers)
    }
    try Folder.make(path)
  }

  private static let temporaryPrefix = "potline-cache-"

  private static func joined(_ folder: String, _ name: String) -> String {
    (folder == "/" ? "" : folder) + "/" + name
  }
}
