/// Trajectories in CSV files: a header, one row a sample, numbers of which reading gives the same bits.
package enum TrajectoryCSV {
  /// Reads a file that holds one trajectory.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - states: the names of the columns of the states.
  ///   - inputs: the names of the columns of the inputs.
  ///   - samplingTime: the sampling time h (s); a column of times is not looked at.
  /// - Throws: ``CSVError`` for what is wrong in the file, ``TrajectoryError`` for fewer than two rows.
  package static func read(
    _ path: String, states: [String], inputs: [String], samplingTime: Double
  ) throws -> Trajectory {
    let table = try CSVTable(contentsOf: path, columns: states + inputs)
    return try trajectory(
      table, 0..<table.rowCount, states: states, inputs: inputs, samplingTime: samplingTime, source: path)
  }

  /// Reads a file that holds several trajectories, told apart by a column in which each has its own name or
  /// number; its rows must be together. In the order of the file. Otherwise as ``read(_:states:inputs:samplingTime:)``.
  package static func read(
    _ path: String, trajectoryColumn: String, states: [String], inputs: [String], samplingTime: Double
  ) throws -> [Trajectory] {
    let table = try CSVTable(contentsOf: path, columns: states + inputs, labelColumn: trajectoryColumn)
    return try table.runs.map { run in
      try trajectory(
        table, run.rows, states: states, inputs: inputs, samplingTime: samplingTime,
        source: "\(path), trajectory \(run.label) (from line \(run.line))")
    }
  }

  private static func trajectory(
    _ table: CSVTable, _ rows: Range<Int>, states: [String], inputs: [String], samplingTime: Double,
    source: String
  ) throws(TrajectoryError) -> Trajectory {
    let (n, m) = (states.count, inputs.count)
    var stateValues: [Double] = []
    var inputValues: [Double] = []
    stateValues.reserveCapacity(rows.count * n)
    inputValues.reserveCapacity(rows.count * m)
    for row in rows {
      let start = row * (n + m)
      stateValues += table.values[start..<start + n]
      inputValues += table.values[start + n..<start + n + m]
    }
    return try Trajectory(
      samplingTime: samplingTime, stateNames: states, inputNames: inputs, states: stateValues,
      inputs: inputValues, source: source)
  }
}
