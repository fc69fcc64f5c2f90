import EnsembleAnalysis
import EnsembleStudies
import Foundation
import ReproducibleMath
import SparseNetworks
import StudyFiles
import TrajectoryData

/// A member in words: its sizes, learned input features, and equations.
package struct NetworkDescription: Codable, Equatable, Sendable {
  /// One affine piece of an output, in physical units.
  package struct Piece: Codable, Equatable, Sendable {
    /// Share of the points that lie in it.
    package var share: Double
    /// Hidden units that are active, "h1.3": the third of the first layer.
    package var active: [String]
    /// The constant, in the output's unit.
    package var constant: Double
    /// The factor of each input of the network that has one, in the output's unit by the signal's.
    package var coefficients: [String: Double]
  }

  /// The rate of change of one state.
  package struct Output: Codable, Equatable, Sendable {
    /// "dx2"
    package var name: String
    /// The unit, if it is known.
    package var unit: String
    /// The inputs that reach it.
    package var inputs: [String]
    /// Hidden units from which it can be reached.
    package var units: Int
    /// Its affine pieces in which points lie, the largest first; none of a smooth network.
    package var pieces: [Piece]
    /// The mean over the points of constant and coefficients of the tangent; nil if there is one piece.
    package var average: Piece?
  }

  /// Name of the file.
  package var member: String
  /// "13-20-20-20-20-8 with input skips"
  package var architecture: String
  /// "13-12-11-9-7-8"
  package var architectureLeft: String
  /// Weights before and after.
  package var weightsBefore: Int
  /// Weights that are left, as many as multiply-adds in an evaluation.
  package var weightsLeft: Int
  /// Bytes of the dense network.
  package var bytesBefore: Int
  /// Bytes of the pruned network.
  package var bytesLeft: Int
  /// The function of the hidden units; nil: a ReLU.
  package var activation: Activation?
  /// The loss of the training; nil: the squared error.
  package var loss: Loss.Kind?
  /// Training trajectories.
  package var trainingTrajectories: Int
  /// Mean squared error of the last epoch.
  package var trainingLoss: Double?
  /// The kind of points.
  package var points: String
  /// Number of points.
  package var pointCount: Int
  /// The outputs.
  package var outputs: [Output]
  /// How hidden states follow from the network's outputs; nil without any.
  package var hiddenStates: String?
  /// The units' equations in standardised signals, layer by layer.
  package var unitEquations: [String]

  /// Describes a member.
  ///
  /// - Parameters:
  ///   - name: what to call it.
  ///   - file: the member.
  ///   - study: the study and test data that it belongs to, with the member's regressor, if they are there: points are
  ///     test samples then, otherwise random ones with the training set's means and standard deviations.
  package init(_ name: String, _ file: MemberFile, study: (dataset: DatasetDescription, data: TestData)?) {
    let (network, scale) = (file.network, file.standardisation)
    let names = file.columnNames
    let scales = scale.scales(of: file.regressor)
    let all = file.stateNames + file.inputNames
    let signals =
      study.map { Signals(names: all, states: file.stateNames.count, system: $0.dataset) }
      ?? (file.units.isEmpty ? nil : Signals(names: all, states: file.stateNames.count, units: file.units))
    member = name
    let shape = file.job.shape
    func widths(_ list: [Int]) -> String { list.map(String.init).joined(separator: "-") }
    architecture =
      widths([shape.inputs] + shape.hidden + [shape.outputs]) + (shape.inputSkip ? " with input skips" : "")
    architectureLeft = widths([network.inputs] + network.hiddenUnits + [network.outputs])
    activation = shape.activation == .relu ? nil : shape.activation
    loss = file.job.settings.loss == .squared ? nil : file.job.settings.loss.kind
    (weightsBefore, weightsLeft) = (shape.weightCount, network.weightCount)
    (bytesBefore, bytesLeft) = (shape.denseBytes, network.storedBytes)
    (trainingTrajectories, trainingLoss) = (file.job.trainingTrajectories, file.trainingCurve.last)
    let standardised: [Float]
    if let study {
      standardised = study.data.standardisedPoints(scale)
      points = "test samples"
    } else {
      var stream = RandomStream(seed: 1, purpose: .sampling)
      standardised = (0..<TestData.maximumPoints * names.count).map { _ in Float(stream.normal()) }
      points = "random points with the training set's means and standard deviations"
    }
    let count = standardised.count / names.count
    pointCount = count
    let features = network.learnedInputFeatures
    let (values, jacobians) =
      network.activation.isPiecewiseAffine ? ([], []) : NetworkJacobian(network).evaluated(at: standardised)
    let outputNames = file.stateNames + file.hiddenStateNames
    outputs = outputNames.indices.map { output in
      let pieces =
        network.activation.isPiecewiseAffine ? network.affinePieces(of: output, at: standardised) : []
      let average =
        network.activation.isPiecewiseAffine
        ? Self.average(pieces) : Self.average(output, of: network, values, jacobians, at: standardised)
      return Output(
        name: output < file.stateNames.count ? "d\(outputNames[output])" : "\(outputNames[output])[t+1]",
        unit: signals.map { output < file.stateNames.count ? $0.rateUnit(output) : "" } ?? "",
        inputs: names.indices.filter {
          features[output][$0] || output >= file.stateNames.count && names[$0] == outputNames[output]
        }.map { names[$0] }, units: network.ancestors(of: output),
        pieces: pieces.map {
          Self.physical($0, output, scale, scales, names, file.hiddenStateNames, of: count)
        },
        average: pieces.count == 1
          ? nil : Self.physical(average, output, scale, scales, names, file.hiddenStateNames, of: count)
      )
    }
    unitEquations = Self.equations(network, names, outputNames)
    hiddenStates = file.job.hiddenStates.map { _ in Self.hiddenStateText(file.hiddenStateNames) }
  }

  private static func hiddenStateText(_ names: [String]) -> String {
    let (carry, gain) = (
      Numbers.text(HiddenStates.carry, digits: 4), Numbers.text(HiddenStates.gain, digits: 4)
    )
    return names.map { "\($0)[t+1] = \(carry) \($0) + \(gain) d\($0)" }.joined(separator: ", ")
  }

  private static func average(_ pieces: [AffinePiece]) -> AffinePiece {
    let count = pieces.reduce(0) { $0 + $1.count }
    func mean(_ value: (AffinePiece) -> Double) -> Double {
      pieces.reduce(0) { $0 + Double($1.count) * value($1) } / Double(max(1, count))
    }
    let inputs = pieces[0].coefficients.indices
    return AffinePiece(
      active: [], count: count, coefficients: inputs.map { input in mean { $0.coefficients[input] } },
      constant: mean(\.constant))
  }

  /// The mean over the points of the tangents of a smooth network.
  private static func average(
    _ output: Int, of network: PrunedNetwork, _ values: [Float], _ jacobians: [Float], at points: [Float]
  ) -> AffinePiece {
    let (inputs, outputs) = (network.inputs, network.outputs)
    let count = points.count / inputs
    var coefficients = [Double](repeating: 0, count: inputs)
    var constant = 0.0
    for point in 0..<count {
      var tangent = Double(values[point * outputs + output])
      for input in 0..<inputs {
        let slope = Double(jacobians[(point * outputs + output) * inputs + input])
        coefficients[input] += slope / Double(count)
        tangent -= slope * Double(points[point * inputs + input])
      }
      constant += tangent / Double(count)
    }
    return AffinePiece(active: [], count: count, coefficients: coefficients, constant: constant)
  }

  private static func physical(
    _ piece: AffinePiece, _ output: Int, _ scale: Standardisation,
    _ scales: [(mean: Double, deviation: Double)], _ names: [String], _ states: [String], of count: Int
  ) -> Piece {
    // A hidden state has no unit; its equation is that of its next value.
    let hidden = output - scale.stateCount
    let deviation = hidden < 0 ? scale.targetDeviation[output] : HiddenStates.gain
    var constant = (hidden < 0 ? scale.targetMean[output] : 0) + deviation * piece.constant
    var coefficients: [String: Double] = [:]
    for (index, coefficient) in piece.coefficients.enumerated() where coefficient != 0 {
      let factor = deviation * coefficient / scales[index].deviation
      coefficients[names[index]] = factor
      constant -= factor * scales[index].mean
    }
    if hidden >= 0 { coefficients[states[hidden], default: 0] += HiddenStates.carry }
    return Piece(
      share: Double(piece.count) / Double(count),
      active: piece.active.map { "h\($0.layer + 1).\($0.unit + 1)" },
      constant: constant, coefficients: coefficients)
  }

  private static func equations(_ network: PrunedNetwork, _ names: [String], _ states: [String]) -> [String] {
    network.layers.enumerated().flatMap { index, layer -> [String] in
      let isLast = index + 1 == network.layers.count
      return (0..<layer.units).map { unit in
        let terms = layer.entries(ofUnit: unit).map { column, weight in
          let column = Int(column)
          return (
            Double(weight),
            column < layer.hiddenColumns ? "h\(index).\(column + 1)" : names[column - layer.hiddenColumns]
          )
        }
        let sum = Equation.text(constant: Double(layer.biases[unit]), terms: terms)
        return isLast
          ? "d\(states[unit]) = \(sum)"
          : "h\(index + 1).\(unit + 1) = \(network.activation.equation(ofSum: sum))"
      }
    }
  }
}

extension PrunedNetwork {
  /// How many hidden units an output can be reached from.
  func ancestors(of output: Int) -> Int {
    var read: Set<Int> = [output]
    var count = 0
    for layer in layers.reversed() {
      let below = read.flatMap { unit in
        layer.entries(ofUnit: unit).compactMap { Int($0.0) < layer.hiddenColumns ? Int($0.0) : nil }
      }
      read = Set(below)
      count += read.count
    }
    return count
  }
}

/// Sums as people write them.
enum Equation {
  /// "0.31 − 1.7·10⁻⁷ u2 + u1": the constant first, then the terms in the given order, four digits each.
  static func text(constant: Double, terms: [(Double, String)]) -> String {
    var text = constant == 0 && !terms.isEmpty ? "" : Numbers.text(constant, digits: 4)
    for (factor, name) in terms {
      let number = Numbers.text(abs(factor), digits: 4)
      let term = number == "1.000" ? name : "\(number) \(name)"
      text += text.isEmpty ? (factor < 0 ? "−" : "") + term : (factor < 0 ? " − " : " + ") + term
    }
    return text
  }
}
