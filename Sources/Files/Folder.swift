import Glibc

/// Folders: making, listing, and making changes in them durable.
package enum Folder {
  /// Makes a folder and those above it. A folder that exists is left alone.
  ///
  /// - Parameter mode: Permissions of the folders that are made, before the umask.
  package static func make(_ path: String, mode: mode_t = 0o777) throws(FileError) {
    do {
      try makeOne(path, mode: mode)
    } catch {
      guard error.code == ENOENT, let parent = parent(of: path) else { throw error }
      try make(parent, mode: mode)
      try makeOne(path, mode: mode)
    }
  }

  /// Makes a folder in one that exists. A folder that exists is left alone.
  package static func makeOne(_ path: String, mode: mode_t = 0o777) throws(FileError) {
    if mkdir(path, mode) == 0 { return }
    let code = errno
    var status = stat()
    // Any error can mean that it is there: a read-only file system may answer so instead of EEXIST.
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    throw FileError(path, .makeFolder, code: code)
  }

  /// Whether there is a folder, or a link to one.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes new, renamed and removed names in a folder last through a power cut, where the file system can do that: some,
  /// such as CIFS and FUSE, refuse the question.
  package static func sync(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, .write) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(errno) else {
      throw FileError(path, .write)
    }
  }

  /// The names in a folder, in no particular order; `.` and `..` are among them.
  package static func names(in path: String) throws(FileError) -> [String] {
    guard let directory = opendir(path) else { throw FileError(path, .list) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }

  /// The folder and the name of a path: `("a/b", "c")` of `a/b/c`, `(".", "c")` of `c`, `("/", "c")` of `/c`.
  package static func split(_ path: String) -> (folder: String, name: Substring) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path[...]) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, path[path.index(after: slash)...])
  }

  /// nil for a path without one: a single name, or the root.
  private static func parent(of path: String) -> String? {
    var rest = path[...]
    while rest.last == "/" { rest.removeLast() }
    guard let slash = rest.lastIndex(of: "/") else { return nil }
    rest = rest[..<slash]
    while rest.last == "/" { rest.removeLast() }
    return rest.isEmpty ? nil : String(rest)
  }
}
