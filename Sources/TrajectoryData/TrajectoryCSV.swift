/// Trajectories in tables of text: a header, one row a sample, numbers of which reading gives the same bits.
package enum TrajectoryCSV {
  /// Reads a file that holds one trajectory.
  ///
  /// - Parameters:
  ///   - path: the file, in any dialect that ``TableReader`` recognises.
  ///   - states: the names of the columns of the states.
  ///   - inputs: the names of the columns of the inputs.
  ///   - samplingTime: the sampling time h (s); a column of times is not looked at.
  /// - Throws: ``TableError`` for faults of the file, and for missing values; ``TrajectoryError`` for fewer than two rows.
  package static func read(
    _ path: String, states: [String], inputs: [String], samplingTime: Double
  ) throws -> Trajectory {
    let table = try Table(TableReader(path), numbers: states + inputs)
    return try trajectory(
      table, Array(0..<table.rowCount), states: states, inputs: inputs, samplingTime: samplingTime,
      file: path, source: path)
  }

  /// Reads a file that holds several trajectories, told apart by a column in which each has its own name or
  /// number; its rows may be interleaved. In the order of their first rows. Otherwise as
  /// ``read(_:states:inputs:samplingTime:)``.
  package static func read(
    _ path: String, trajectoryColumn: String, states: [String], inputs: [String], samplingTime: Double
  ) throws -> [Trajectory] {
    let table = try Table(
      TableReader(path), columns: (states + inputs).map { ($0, .number) } + [(trajectoryColumn, .label)])
    var rows = [[Int]](repeating: [], count: table.labels.count)
    for row in 0..<table.rowCount { rows[Int(table.values[(row + 1) * table.columns.count - 1])].append(row) }
    return try zip(table.labels, rows).map { label, rows in
      try trajectory(
        table, rows, states: states, inputs: inputs, samplingTime: samplingTime, file: path,
        source: "\(path), trajectory \(label) (from line \(table.lines[rows[0]]))")
    }
  }

  private static func trajectory(
    _ table: Table, _ rows: [Int], states: [String], inputs: [String], samplingTime: Double,
    file: String, source: String
  ) throws -> Trajectory {
    let (n, m) = (states.count, inputs.count)
    var stateValues: [Double] = []
    var inputValues: [Double] = []
    stateValues.reserveCapacity(rows.count * n)
    inputValues.reserveCapacity(rows.count * m)
    for row in rows {
      let start = row * table.columns.count
      for column in 0..<n + m where table.values[start + column].isNaN {
        throw TableError(.gap, file: file, line: table.lines[row], column: table.columns[column])
      }
      stateValues += table.values[start..<start + n]
      inputValues += table.values[start + n..<start + n + m]
    }
    return try Trajectory(
      samplingTime: samplingTime, stateNames: states, inputNames: inputs, states: stateValues,
      inputs: inputValues, source: source)
  }
}
