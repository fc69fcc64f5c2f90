import CheckedJSON
import ErrorCategories
import Foundation
import Safetensors
import SparseNetworks
import TrajectoryData

/// A trained, pruned and judged member: what a job returns, as one safetensors file.
package struct MemberFile: Equatable, Sendable {
  /// The job that made it.
  package let job: TrainingJob
  /// The network that is left.
  package let network: PrunedNetwork
  /// The step of the last phase that validation chose; nil without validation: the last.
  package let chosenStep: Int?
  /// Mean squared error of each epoch.
  package let trainingCurve: [Double]
  /// How the network's inputs and outputs are standardised.
  package let standardisation: Standardisation
  /// Names of the n states.
  package let stateNames: [String]
  /// Names of the m inputs of the system.
  package let inputNames: [String]
  /// Units of signals, by name, as far as the study file gives them.
  package let units: [String: String]
  /// Sampling time (s).
  package let samplingTime: Double
  /// For each test trajectory its errors, in the windows in which it has steps; steps count from the last measured row.
  package let forecasts: [[ForecastError]]
  /// For each validation trajectory its errors, as those of the test trajectories; empty without any.
  package let validation: [[ForecastError]]
}

extension MemberFile {
  /// Lags, hidden states and dead times of the network's inputs.
  package var regressor: Regressor { job.regressor(outputs: stateNames.count, inputs: inputNames.count) }
  /// Names of the hidden states: "h1".
  package var hiddenStateNames: [String] {
    Regressor.hiddenStateNames(regressor.hiddenStates, besides: stateNames + inputNames)
  }
  /// Names of the network's outputs: the rates of the measured states, "dlevel", then the hidden states, "h1".
  package var outputNames: [String] { stateNames.map { "d\($0)" } + hiddenStateNames }
  /// The last row that a forecast is given.
  package var lastGivenRow: Int { MemberForecasts.lastGivenRow(regressor, job.hiddenStates) }
  /// Names of the network's inputs: "level[t-2]".
  package var columnNames: [String] {
    regressor.columnNames(outputs: stateNames, inputs: inputNames)
  }
}

// MARK: - Bytes

extension MemberFile {
  private static var format: String { "potline-member-1" }

  /// The bytes of the file, the same for the same member: the pruned network's tensors (see `PrunedNetwork.write`);
  /// `input.mean`, `input.deviation` F64 [n + m] and `target.mean`, `target.deviation` F64 [n]; `trainingCurve` F64
  /// [epochs]; `forecasts.steps` I64 and `forecasts.meanSquare`, `.meanAbsolute`, `.largest` F64 [test trajectories,
  /// windows], zero where a trajectory has no step in the window; the same as `validation.*` if there are such trajectories.
  package func encoded() throws -> [UInt8] {
    let before = job.shape
    var archive = TensorArchive(metadata: [
      "format": Self.format, "job": String(decoding: try job.payload(), as: UTF8.self),
      "stateNames": try CanonicalJSON.string(stateNames), "inputNames": try CanonicalJSON.string(inputNames),
      "samplingTime": "\(samplingTime)",
      "weightsBefore": "\(before.weightCount)", "weightsLeft": "\(network.weightCount)",
      "bytesBefore": "\(before.denseBytes)", "bytesLeft": "\(network.storedBytes)",
      "architectureBefore": Self.architecture([before.inputs] + before.hidden + [before.outputs]),
      "architectureLeft": Self.architecture([network.inputs] + network.hiddenUnits + [network.outputs]),
    ])
    if !units.isEmpty { archive.metadata["units"] = try CanonicalJSON.string(units) }
    if let chosenStep { archive.metadata["chosenStep"] = "\(chosenStep)" }
    try archive.add("input.mean", shape: [standardisation.inputMean.count], values: standardisation.inputMean)
    try archive.add(
      "input.deviation", shape: [standardisation.inputMean.count], values: standardisation.inputDeviation)
    try archive.add("target.mean", shape: [standardisation.stateCount], values: standardisation.targetMean)
    try archive.add(
      "target.deviation", shape: [standardisation.stateCount], values: standardisation.targetDeviation)
    try archive.add("trainingCurve", shape: [trainingCurve.count], values: trainingCurve)
    try Self.write(forecasts, as: "forecasts", windows: job.windows, to: &archive)
    if !validation.isEmpty {
      try Self.write(validation, as: "validation", windows: job.windows, to: &archive)
    }
    try network.write(to: &archive)
    return archive.encoded()
  }

  /// A member from its bytes.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - source: The name of the bytes in errors: a file.
  /// - Throws: `SafetensorsError` or ``MemberFileError``, which name the source, unless they are a whole, valid member.
  package init(decoding bytes: [UInt8], source: String = "member") throws {
    do {
      self = try MemberFile(checking: bytes, source: source)
    } catch let error as SafetensorsError {
      throw error
    } catch let error as MemberFileError {
      throw error
    } catch {
      throw MemberFileError(source: source, problem: JSONProblem.text(of: error))
    }
  }

  private init(checking bytes: [UInt8], source: String) throws {
    let archive = try TensorArchive(decoding: bytes, source: source)
    func text(_ key: String) throws -> String {
      guard let text = archive.metadata[key] else {
        throw MemberFileError(source: source, problem: "no \(key)")
      }
      return text
    }
    func names(_ key: String) throws -> [String] {
      try JSONDecoder().decodeChecked([String].self, from: Array(try text(key).utf8))
    }
    guard try text("format") == Self.format else {
      throw MemberFileError(source: source, problem: "its format isn't \(Self.format)")
    }
    job = try TrainingJob(payload: Array(try text("job").utf8))
    network = try PrunedNetwork(from: archive)
    chosenStep = archive.metadata["chosenStep"].flatMap { Int($0) }
    trainingCurve = try archive.doubles(named: "trainingCurve")
    let (inputMean, inputDeviation) = (
      try archive.doubles(named: "input.mean"), try archive.doubles(named: "input.deviation")
    )
    let (targetMean, targetDeviation) = (
      try archive.doubles(named: "target.mean"), try archive.doubles(named: "target.deviation")
    )
    standardisation = try Standardisation(
      inputMean: inputMean, inputDeviation: inputDeviation, targetMean: targetMean,
      targetDeviation: targetDeviation)
    stateNames = try names("stateNames")
    inputNames = try names("inputNames")
    units =
      archive.metadata["units"] == nil
      ? [:] : try JSONDecoder().decodeChecked([String: String].self, from: Array(try text("units").utf8))
    let regressor = job.regressor(outputs: stateNames.count, inputs: inputNames.count)
    guard let time = Double(try text("samplingTime")), time > 0,
      network.outputs == stateNames.count + regressor.hiddenStates,
      (job.hiddenStates != nil) == (regressor.hiddenStates > 0),
      regressor.outputCount == stateNames.count, regressor.inputs.count == inputNames.count,
      network.inputs == regressor.columns.count, standardisation.stateCount == stateNames.count,
      standardisation.inputCount == inputNames.count
    else { throw MemberFileError(source: source, problem: "its signals don't fit its network") }
    guard network.activation == job.shape.activation else {
      throw MemberFileError(source: source, problem: "its network has another activation than its job")
    }
    samplingTime = time
    guard !job.windows.isEmpty else {
      throw MemberFileError(source: source, problem: "its job has no forecast window")
    }
    forecasts = try Self.errors("forecasts", of: archive, windows: job.windows)
    validation =
      archive["validation.steps"] == nil
      ? [] : try Self.errors("validation", of: archive, windows: job.windows)
  }

  private static func write(
    _ errors: [[ForecastError]], as name: String, windows: [ForecastWindow], to archive: inout TensorArchive
  ) throws {
    let table = errors.flatMap { errors in
      windows.map { window in errors.first { $0.window == window } }
    }
    let shape = [errors.count, windows.count]
    try archive.add("\(name).steps", shape: shape, values: table.map { Int64($0?.stepCount ?? 0) })
    try archive.add("\(name).meanSquare", shape: shape, values: table.map { $0?.meanSquare ?? 0 })
    try archive.add("\(name).meanAbsolute", shape: shape, values: table.map { $0?.meanAbsolute ?? 0 })
    try archive.add("\(name).largest", shape: shape, values: table.map { $0?.largest ?? 0 })
  }

  private static func errors(
    _ name: String, of archive: TensorArchive, windows: [ForecastWindow]
  ) throws -> [[ForecastError]] {
    let steps = try archive.int64s(named: "\(name).steps")
    let shape = [steps.count / windows.count, windows.count]
    let meanSquare = try archive.doubles(named: "\(name).meanSquare", shape: shape)
    let meanAbsolute = try archive.doubles(named: "\(name).meanAbsolute", shape: shape)
    let largest = try archive.doubles(named: "\(name).largest", shape: shape)
    return (0..<shape[0]).map { trajectory in
      windows.indices.compactMap { w in
        let k = trajectory * windows.count + w
        if steps[k] == 0 { return nil }
        return ForecastError(
          window: windows[w], stepCount: Int(clamping: steps[k]), meanSquare: meanSquare[k],
          meanAbsolute: meanAbsolute[k], largest: largest[k])
      }
    }
  }

  private static func architecture(_ widths: [Int]) -> String {
    widths.map(String.init).joined(separator: "-")
  }
}

/// Bytes that aren't a member.
package struct MemberFileError: CategorizedError, Equatable {
  /// What the bytes are called.
  package let source: String
  /// What is wrong, as a clause.
  package let problem: String
  package var category: ErrorCategory { .badInput }
  package var description: String { "\(source): not a Potline member: \(problem)" }
}
