import Files
import Foundation
import TrajectoryData

extension FileDataset {
  /// The recordings of a part that `train`, `validation` or `test` lists.
  package func recordings(of part: TrajectorySet.Part) -> [Recording] {
    switch part {
    case .training: train
    case .validation: validation
    case .test: test
    }
  }

  /// The dataset with absolute paths, each of its recordings a single file.
  ///
  /// - Parameter folder: the folder of the study file, from which relative paths start.
  /// - Throws: ``DatasetPathError`` if there is no such file; `FileError` if it can't be looked at; `RecordingError` if a
  ///   row of a file would have two uses, also by way of links.
  package func expanded(relativeTo folder: String) throws -> FileDataset {
    func expand(_ recordings: [Recording]) throws -> [Recording] {
      try recordings.flatMap { recording in
        var recording = recording
        if let join = recording.join {
          recording.join?.file = try DatasetPaths.files(join.file, relativeTo: folder)[0]
        }
        return try DatasetPaths.files(recording.file, relativeTo: folder).map { file in
          recording.file = file
          return recording
        }
      }
    }
    var copy = self
    copy.train = try expand(train)
    copy.validation = try expand(validation)
    copy.test = try expand(test)
    try copy.checkOverlap()
    return copy
  }

  /// The dataset with this file in the place of the one that all recordings are of; nil if they are of several.
  package func withFile(_ path: String) -> FileDataset? {
    let all = train + validation + test
    guard Set(all.map(\.file)).count == 1, all.allSatisfy({ $0.join == nil }) else { return nil }
    func replaced(_ recordings: [Recording]) -> [Recording] {
      recordings.map { recording in
        var recording = recording
        recording.file = path
        return recording
      }
    }
    var copy = self
    (copy.train, copy.validation, copy.test) = (replaced(train), replaced(validation), replaced(test))
    return copy
  }

  /// The dataset with absolute paths, whether there are such files or not.
  package func withAbsolutePaths(relativeTo folder: String) -> FileDataset {
    func absolute(_ path: String) -> String {
      URL(fileURLWithPath: path, relativeTo: URL(fileURLWithPath: folder, isDirectory: true))
        .standardizedFileURL.path
    }
    func absolute(_ recordings: [Recording]) -> [Recording] {
      recordings.map { recording in
        var recording = recording
        recording.file = absolute(recording.file)
        if let join = recording.join { recording.join?.file = absolute(join.file) }
        return recording
      }
    }
    var copy = self
    copy.train = absolute(train)
    copy.validation = absolute(validation)
    copy.test = absolute(test)
    return copy
  }

  private func checkOverlap() throws {
    struct Use {
      let recording: Recording
      let part: TrajectorySet.Part
      let columns: Set<String>
    }
    var uses: [FileIdentity: [Use]] = [:]
    for part in TrajectorySet.Part.allCases {
      for recording in recordings(of: part) {
        let use = Use(
          recording: recording, part: part, columns: Set(states.map { recording.column(of: $0) }))
        let identity = try FileIdentity(of: recording.file)
        for other in uses[identity] ?? []
        where (use.recording.rows ?? RowRange(0, nil)).overlaps(other.recording.rows ?? RowRange(0, nil))
          && !use.columns.isDisjoint(with: other.columns)
        {
          throw RecordingError(
            .overlap(
              recording.file, other.recording.file, part: part.rawValue, otherPart: other.part.rawValue),
            file: recording.file)
        }
        uses[identity, default: []].append(use)
      }
    }
  }
}
