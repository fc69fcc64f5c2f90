import CheckedJSON
import Digests
import ErrorCategories
import Foundation
import Safetensors
import TrajectoryData

/// A dataset as one content-addressed safetensors file: what the trajectories are, not where they came from, so that
/// the same numbers give the same digest whether they were simulated or read.
///
/// For each part (training, test, and validation if there is one): `<part>.states` F64 [rows, n], `<part>.inputs` F64 [rows, m] and `<part>.rows` I64
/// [trajectories], the rows of each trajectory, one after the other.
package struct DatasetFile: Sendable {
  /// Names, sizes and sampling time of the dataset.
  package let signals: DatasetSchema
  /// The file.
  package var path: String { archive.path }
  private let archive: MappedTensorArchive

  /// Opens a file. Throws `SafetensorsError` or ``DatasetFileError`` if it isn't a whole, valid dataset.
  package init(_ path: String) throws {
    archive = try MappedTensorArchive(path)
    signals = try DatasetSchema(archive)
  }

  /// The bytes of the file of a dataset: the same for the same trajectories.
  package static func encoded(_ set: TrajectorySet) throws -> [UInt8] {
    let signals = DatasetSchema(set)
    // A single trajectory, which may be long, is not copied.
    func joined(_ trajectories: [Trajectory], _ values: (Trajectory) -> [Double]) -> [Double] {
      trajectories.count == 1 ? values(trajectories[0]) : trajectories.flatMap(values)
    }
    var archive = TensorArchive(metadata: try signals.metadata())
    for part in TrajectorySet.Part.allCases {
      let trajectories = set.trajectories(of: part)
      // A set without validation keeps the digest that it had before there was such a part.
      if part == .validation, trajectories.isEmpty { continue }
      let rows = trajectories.map { Int64($0.rowCount) }
      let total = Int(rows.reduce(0, +))
      try archive.add(
        "\(part).states", shape: [total, set.stateNames.count], values: joined(trajectories, \.states))
      try archive.add(
        "\(part).inputs", shape: [total, set.inputNames.count], values: joined(trajectories, \.inputs))
      try archive.add("\(part).rows", shape: [rows.count], values: rows)
    }
    return archive.encoded()
  }

  /// Lends the trajectories `range` of a part where they lie in the mapped file, so that they take no memory that the system
  /// can't take back. Throws ``DatasetFileError`` for a value that is not finite, and what `body` throws. O(their rows).
  package func withViews<Result>(
    _ range: Range<Int>, of part: TrajectorySet.Part, _ body: ([TrajectoryView]) throws -> Result
  ) throws -> Result {
    let rows = signals.rows[part, default: []]
    precondition(range.lowerBound >= 0 && range.upperBound <= rows.count)
    let (n, m) = (signals.stateNames.count, signals.inputNames.count)
    return try archive.withDoubles(named: "\(part).states") { states in
      try archive.withDoubles(named: "\(part).inputs") { inputs in
        var first = rows[..<range.lowerBound].reduce(0, +)
        let views = try range.map { index in
          let last = first + rows[index]
          defer { first = last }
          let view = TrajectoryView(
            samplingTime: signals.samplingTime, stateCount: n, inputCount: m,
            states: UnsafeBufferPointer(rebasing: states[first * n..<last * n]),
            inputs: UnsafeBufferPointer(rebasing: inputs[first * m..<last * m]))
          guard view.isValid(allowsMissing: signals.hasMissing) else {
            throw DatasetFileError(
              path: archive.path, problem: "trajectory \(index) of \(part) has a value that is not finite")
          }
          return view
        }
        return try body(views)
      }
    }
  }

  /// The trajectories `range` of a part. O(their rows).
  package func trajectories(_ range: Range<Int>, of part: TrajectorySet.Part) throws -> [Trajectory] {
    let rows = signals.rows[part, default: []]
    precondition(range.lowerBound >= 0 && range.upperBound <= rows.count)
    let n = signals.stateNames.count
    let m = signals.inputNames.count
    return try archive.withDoubles(named: "\(part).states") { states in
      try archive.withDoubles(named: "\(part).inputs") { inputs in
        var first = rows[..<range.lowerBound].reduce(0, +)
        return try range.map { index in
          let last = first + rows[index]
          defer { first = last }
          do {
            return try Trajectory(
              samplingTime: signals.samplingTime, stateNames: signals.stateNames,
              inputNames: signals.inputNames, states: Array(states[first * n..<last * n]),
              inputs: Array(inputs[first * m..<last * m]), allowsMissing: signals.hasMissing)
          } catch {
            throw DatasetFileError(path: archive.path, problem: "trajectory \(index) of \(part): \(error)")
          }
        }
      }
    }
  }
}

/// The names of a dataset's signals, its sampling time, and the rows of each trajectory.
package struct DatasetSchema: Equatable, Sendable {
  /// Names of the n states.
  package let stateNames: [String]
  /// Names of the m inputs.
  package let inputNames: [String]
  /// Sampling time (s).
  package let samplingTime: Double
  /// Units of signals, by name, as far as they are known.
  package let units: [String: String]
  /// Whether some states were not measured: they are NaN.
  package let hasMissing: Bool
  /// Rows of each trajectory of a part; no validation without such trajectories.
  package let rows: [TrajectorySet.Part: [Int]]

  init(_ set: TrajectorySet) {
    stateNames = set.stateNames
    inputNames = set.inputNames
    samplingTime = set.samplingTime
    units = set.units
    hasMissing = (set.training + set.test + set.validation).contains(where: \.hasMissing)
    var rows = [TrajectorySet.Part.training: set.training.map(\.rowCount), .test: set.test.map(\.rowCount)]
    if !set.validation.isEmpty { rows[.validation] = set.validation.map(\.rowCount) }
    self.rows = rows
  }

  init(
    stateNames: [String], inputNames: [String], samplingTime: Double, units: [String: String] = [:],
    rows: [TrajectorySet.Part: [Int]]
  ) {
    (self.stateNames, self.inputNames) = (stateNames, inputNames)
    (self.samplingTime, self.units, self.rows) = (samplingTime, units, rows)
    hasMissing = false
  }

  /// Number of trajectories of a part.
  package func count(_ part: TrajectorySet.Part) -> Int { rows[part]?.count ?? 0 }

  /// Training samples of the first `trajectories` of the training part: rows with a successor, and with the rows before
  /// that the regressor needs.
  package func trainingSamples(_ trajectories: Int, _ regressor: Regressor) -> Int {
    (rows[.training] ?? []).prefix(trajectories).reduce(0) { $0 + regressor.sampleCount(rows: $1) }
  }

  /// The samples of the shortest of the first training trajectories that has any.
  package func shortestTraining(_ trajectories: Int, _ regressor: Regressor) -> Int {
    (rows[.training] ?? []).prefix(trajectories).map { regressor.sampleCount(rows: $0) }.filter { $0 > 0 }
      .min()
      ?? 0
  }
}

/// A file that isn't a dataset.
package struct DatasetFileError: CategorizedError, Equatable {
  /// The file.
  package let path: String
  /// What is wrong, as a clause.
  package let problem: String
  package var category: ErrorCategory { .badInput }
  package var description: String { "\(path): not a Potline dataset: \(problem)" }
}

extension DatasetSchema {
  private static var format: String { "potline-dataset-1" }

  fileprivate func metadata() throws -> [String: String] {
    var metadata = [
      "format": Self.format, "samplingTime": "\(samplingTime)",
      "stateNames": try CanonicalJSON.string(stateNames), "inputNames": try CanonicalJSON.string(inputNames),
    ]
    // A dataset without units keeps its digest.
    if !units.isEmpty { metadata["units"] = try CanonicalJSON.string(units) }
    if hasMissing { metadata["missingStates"] = "NaN" }
    return metadata
  }

  fileprivate init(_ archive: MappedTensorArchive) throws {
    func fail(_ problem: String) -> DatasetFileError {
      DatasetFileError(path: archive.path, problem: problem)
    }
    guard archive.metadata["format"] == Self.format else { throw fail("its format isn't \(Self.format)") }
    func names(_ key: String) throws -> [String] {
      guard let text = archive.metadata[key],
        let names = try? JSONDecoder().decodeChecked([String].self, from: Array(text.utf8))
      else { throw fail("its \(key) are missing") }
      return names
    }
    stateNames = try names("stateNames")
    inputNames = try names("inputNames")
    guard let time = archive.metadata["samplingTime"].flatMap(Double.init), time > 0, time.isFinite else {
      throw fail("its samplingTime is missing")
    }
    samplingTime = time
    hasMissing = archive.metadata["missingStates"] == "NaN"
    units =
      try archive.metadata["units"].map { text in
        guard let units = try? JSONDecoder().decodeChecked([String: String].self, from: Array(text.utf8))
        else {
          throw fail("its units can't be read")
        }
        return units
      } ?? [:]
    var rows: [TrajectorySet.Part: [Int]] = [:]
    for part in TrajectorySet.Part.allCases {
      if part == .validation, archive.shape(of: "\(part).rows") == nil { continue }
      let counts = try archive.withValues(named: "\(part).rows") { (values: UnsafeBufferPointer<Int64>) in
        values.map { Int(clamping: $0) }
      }
      var total = 0
      for count in counts {
        guard count >= 2, count < 1 << 40, total < 1 << 60 else {
          throw fail("a trajectory has \(count) rows")
        }
        total += count
      }
      guard archive.shape(of: "\(part).states") == [total, stateNames.count],
        archive.shape(of: "\(part).inputs") == [total, inputNames.count]
      else { throw fail("\(part).states and \(part).inputs don't have \(total) rows") }
      rows[part] = counts
    }
    self.rows = rows
  }
}
