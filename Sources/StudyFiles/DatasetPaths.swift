import ErrorCategories
import Files
import Foundation

/// An entry of `train` or `test` that stands for no data file.
package struct DatasetPathError: CategorizedError, Equatable, Sendable {
  package var category: ErrorCategory { .badInput }
  /// The entry, what is wrong with it and what to do.
  package var description: String
}

/// Finds the data files of a study.
package enum DatasetPaths {
  /// The files that the entries of `train` or `test` stand for.
  ///
  /// An entry is a file, a folder (all its files that end in `.csv`, not those of folders in it), or a path whose last
  /// part is a pattern with `*` (any text) and `?` (any character). The files of one entry are sorted by the bytes of
  /// their names, so that the result does not depend on the host; hidden files are left out.
  ///
  /// - Parameters:
  ///   - entries: the entries, in order.
  ///   - folder: the folder of the study file, from which relative paths start.
  /// - Returns: the paths of files that exist, in the order of the entries; at least one for each entry.
  /// - Throws: `DatasetPathError` if an entry stands for no file, or a file is there twice.
  package static func files(_ entries: [String], relativeTo folder: String) throws(DatasetPathError)
    -> [String]
  {
    var owners: [String: String] = [:]
    var found: [String] = []
    for entry in entries {
      for file in try files(entry, relativeTo: folder) {
        if let owner = owners.updateValue(entry, forKey: file) {
          throw DatasetPathError(
            description: "'\(file)' is there twice, by '\(owner)' and by '\(entry)'; "
              + "each trajectory should count once, so remove one")
        }
        found.append(file)
      }
    }
    return found
  }

  /// The files that one entry stands for. See `files(_:relativeTo:)`.
  static func files(_ entry: String, relativeTo folder: String) throws(DatasetPathError) -> [String] {
    let base = URL(fileURLWithPath: folder, isDirectory: true)
    let url = URL(fileURLWithPath: entry, relativeTo: base).standardizedFileURL
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) {
      guard isFolder.boolValue else { return [url.path] }
      return try matches(of: "*.csv", in: url, entry: entry)
    }
    let pattern = url.lastPathComponent
    guard pattern.contains("*") || pattern.contains("?") else {
      throw DatasetPathError(
        description: "'\(entry)': there is no file or folder \(url.path)\(hint(for: url.path))")
    }
    return try matches(of: pattern, in: url.deletingLastPathComponent(), entry: entry)
  }

  private static func matches(of pattern: String, in folder: URL, entry: String) throws(DatasetPathError)
    -> [String]
  {
    let names: [String]
    do throws(FileError) {
      names = try Folder.names(in: folder.path)
    } catch {
      throw DatasetPathError(description: "'\(entry)': \(error)\(hint(for: folder.path))")
    }
    let files =
      names.filter { !$0.hasPrefix(".") && matches(Array($0), Array(pattern)) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { folder.appending(path: $0).path }
      .filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
      }
    guard !files.isEmpty else {
      throw DatasetPathError(
        description: "'\(entry)': no file in \(folder.path) matches \(pattern); add data or correct the path")
    }
    return files
  }

  /// Whether a path's ending is that of a file of arrays.
  static func mayBeArrays(_ path: String) -> Bool {
    [".npy", ".npz", ".mat", ".safetensors"].contains { path.lowercased().hasSuffix($0) }
  }

  private static func hint(for path: String) -> String {
    path.contains("*") ? "; only the last part of a path can be a pattern" : "; correct the path"
  }

  /// Whether a name matches a pattern; goes back to the last `*` only, time O(n · m).
  private static func matches(_ name: [Character], _ pattern: [Character]) -> Bool {
    var (n, p) = (0, 0)
    var star: (name: Int, pattern: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (n, p)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        (n, p) = (n + 1, p + 1)
      } else if let last = star {
        star = (last.name + 1, last.pattern)
        (n, p) = (last.name + 1, last.pattern + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
