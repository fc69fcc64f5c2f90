import ArgumentParser
import EnsembleStudies
import Foundation
import StudyFiles

/// A study named on the command line: a bundled one, or a file.
struct StudySource {
  private(set) var study: Study
  /// The study file as it was written.
  let text: String
  /// Where relative paths in it start.
  let folder: String

  /// Reads the study; ends the program with a message if it can't be used.
  init(_ name: String, seed: UInt64? = nil, scale: Double? = nil) throws {
    try self.init(named: name)
    if let seed { study = study.with(seed: seed) }
    if let scale { study = study.scaled(by: scale) }
  }

  /// The study with every default filled in and paths that are right from any folder.
  var resolvedYAML: String {
    var study = study
    if case .files(var files) = study.dataset {
      func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path, relativeTo: URL(fileURLWithPath: folder, isDirectory: true))
          .standardizedFileURL.path
      }
      files.train = files.train.map(absolute)
      files.test = files.test.map(absolute)
      study.dataset = .files(files)
    }
    return study.resolvedYAML()
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
    guard exists else {
      let names = BundledStudies.all.map(\.name).joined(separator: ", ")
      throw ExitStatus.badInput.refuse(
        UsageProblem("there is no file '\(name)', and no bundled study of that name (there are \(names))"))
    }
    guard !isFolder.boolValue else {
      throw ExitStatus.badInput.refuse(
        UsageProblem("\(name) is a folder, not a study file; a run's is study.yaml in its output folder"))
    }
    do {
      study = try StudyFile.read(path: name)
      text = (try? String(contentsOfFile: name, encoding: .utf8)) ?? ""
      folder = URL(fileURLWithPath: name).deletingLastPathComponent().path
    } catch {
      throw ExitStatus.badInput.refuse(error)
    }
  }
}

/// A problem with words of its own.
struct UsageProblem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
