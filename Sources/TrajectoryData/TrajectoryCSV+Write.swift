import Files
import TextFormatting

extension TrajectoryCSV {
  /// Writes a trajectory: the columns t (s), the states, the inputs. An existing file is replaced at once or not at all.
  ///
  /// Throws ``TableError`` if the file cannot be written.
  package static func write(_ trajectory: Trajectory, to path: String) throws(TableError) {
    try save(text([trajectory], trajectoryColumn: nil), to: path)
  }

  /// Writes trajectories with the same signals to one file, with a column of their numbers 0, 1, ... before the others.
  ///
  /// Throws ``TableError`` if the file cannot be written.
  /// - Precondition: there is at least one trajectory.
  package static func write(
    _ trajectories: [Trajectory], to path: String, trajectoryColumn: String = "trajectory"
  ) throws(TableError) {
    try save(text(trajectories, trajectoryColumn: trajectoryColumn), to: path)
  }

  /// The text of a file: every number in the shortest form from which the same bits are read; lines end in LF.
  private static func text(_ trajectories: [Trajectory], trajectoryColumn: String?) -> [UInt8] {
    let first = trajectories[0]
    let names = (trajectoryColumn.map { [$0] } ?? []) + ["t"] + first.stateNames + first.inputNames
    var bytes = Array(names.map { CSVField.of($0, quotesOuterSpace: true) }.joined(separator: ",").utf8)
    bytes.append(UInt8(ascii: "\n"))
    for (index, trajectory) in trajectories.enumerated() {
      for row in 0..<trajectory.rowCount {
        if trajectoryColumn != nil {
          bytes += "\(index),".utf8
        }
        bytes += (Double(row) * trajectory.samplingTime).description.utf8
        for value in trajectory.state(row) { append(value, to: &bytes) }
        for value in trajectory.input(row) { append(value, to: &bytes) }
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    return bytes
  }

  private static func append(_ value: Double, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: ","))
    bytes += value.description.utf8
  }

  private static func save(_ bytes: [UInt8], to path: String) throws(TableError) {
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw TableError(error)
    }
  }
}
