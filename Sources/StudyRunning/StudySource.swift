import EnsembleStudies
import Files
import Foundation
import StudyFiles

/// A study by name: a bundled one, or a file.
package struct StudySource {
  package private(set) var study: Study
  /// The study file as it was written.
  package let text: String
  /// The folder that relative paths in it start from.
  package let folder: String

  /// Reads a study.
  ///
  /// - Parameters:
  ///   - name: A bundled study's name, or a path.
  ///   - seed: In place of the study file's.
  ///   - scale: Fraction of the members (at least 2) and of the training length (at least 1 epoch), more than 0, at most 1.
  ///   - data: A data file in the place of the study's own, from the current folder.
  ///   - needsData: Whether a benchmark's study without its data file is refused.
  /// - Throws: A `CategorizedError` of category bad input.
  package init(
    _ name: String, seed: UInt64? = nil, scale: Double? = nil, data: String? = nil, needsData: Bool = true
  ) throws {
    self = try categorized(.badInput) { try Self(named: name) }
    if let data { try replaceFile(by: data) }
    let benchmark = BundledStudies.all.first { $0.text == text }?.benchmark
    if let benchmark, data == nil, needsData {
      throw CommandError(.badInput, "\(name) needs its data: add --data FILE, FILE being \(benchmark.data)")
    }
    if let seed { study = study.with(seed: seed) }
    if let scale { study = study.scaled(by: scale) }
  }

  /// The study with every default filled in and absolute paths, without a look at its data files.
  package var resolvedYAML: String {
    var study = study
    if case .files(let files) = study.dataset {
      study.dataset = .files(files.withAbsolutePaths(relativeTo: folder))
    }
    return study.resolvedYAML()
  }

  /// Puts another file in the place of the one that all recordings of the study are of.
  private mutating func replaceFile(by data: String) throws {
    let path = URL(fileURLWithPath: data).path
    guard case .files(let files) = study.dataset, let other = files.withFile(path) else {
      throw CommandError(
        .badInput,
        "--data takes the place of the one data file of a study, and \(study.name) has none or several")
    }
    study.dataset = .files(other)
  }

  private init(named name: String) throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
    // The output folder of a bundled study may well have the study's name.
    if let bundled = BundledStudies.all.first(where: { $0.name == name }), !exists || isFolder.boolValue {
      text = bundled.text
      folder = FileManager.default.currentDirectoryPath
      study = try StudyFile.study(yaml: bundled.text, file: name)
      return
    }
    // A file in a folder that can't be entered doesn't exist for the system's question; opening it tells why.
    if !exists, name.contains("/"), access(name, F_OK) != 0, errno != ENOENT, errno != ENOTDIR {
      throw FileError(name, .read)
    }
    guard exists else {
      let names = BundledStudies.all.map(\.name).joined(separator: ", ")
      throw CommandError(
        .badInput, "there is no file '\(name)', and no bundled study of that name (there are \(names))")
    }
    guard !isFolder.boolValue else {
      throw CommandError(
        .badInput, "\(name) is a folder, not a study file; a run's is study.yaml in its output folder")
    }
    // A pipe can be read once.
    text = try StudyFile.text(path: name)
    study = try StudyFile.study(yaml: text, file: name)
    folder = URL(fileURLWithPath: name).deletingLastPathComponent().path
  }
}
