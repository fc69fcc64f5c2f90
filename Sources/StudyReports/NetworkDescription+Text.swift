import EnsembleAnalysis
import Foundation

extension NetworkDescription {
  /// The description for a terminal.
  ///
  /// - Parameters:
  ///   - shown: how many affine pieces of each output to print.
  ///   - units: whether the equations of all units follow; those of a smooth network always do.
  package func text(pieces shown: Int = 3, units: Bool = false) -> String {
    var lines = [
      member, "",
      "architecture      \(architecture), left \(architectureLeft)",
      "activation        \((activation ?? .relu).rawValue)",
      "weights           \(weightsLeft) of \(weightsBefore) left, \(weightsLeft) multiply-adds a step",
      "bytes             \(bytesLeft), dense \(bytesBefore)",
      "trained on        \(trainingTrajectories) trajectories"
        + (trainingLoss.map { ", \((loss ?? .squared).meanName) \(Numbers.text($0))" } ?? ""),
      "", "Learned input features", "",
    ]
    let width = outputs.map(\.name.count).max() ?? 0
    for output in outputs {
      let name = output.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
      lines.append(name + (output.inputs.isEmpty ? "(none)" : output.inputs.joined(separator: " ")))
    }
    let isSmooth = activation.map { !$0.isPiecewiseAffine } ?? false
    lines += [
      "",
      "\(isSmooth ? "Mean tangent" : "Equations, piece by piece,") over \(pointCount) \(points); "
        + "signals in their own units",
    ]
    for output in outputs {
      let unit = output.unit.isEmpty ? "" : " (\(output.unit))"
      let count = output.pieces.count
      lines += [
        "",
        "\(output.change)\(unit): \(output.units) hidden \(output.units == 1 ? "unit" : "units")"
          + (isSmooth ? "" : ", \(count) affine \(count == 1 ? "piece" : "pieces")"),
      ]
      func equation(_ piece: Piece) -> String {
        let terms = output.inputs.compactMap { name in piece.coefficients[name].map { ($0, name) } }
        return "\(output.change) = " + Equation.text(constant: piece.constant, terms: terms)
      }
      if let average = output.average { lines.append("   mean    \(equation(average))") }
      for piece in output.pieces.prefix(shown) {
        lines.append("  \(Self.share(piece.share))  \(equation(piece))")
        if !piece.active.isEmpty { lines.append("           active: " + Self.shortened(piece.active)) }
      }
      if count > shown {
        let rest = output.pieces.dropFirst(shown).reduce(0) { $0 + $1.share }
        lines.append(
          "  " + Self.share(rest) + "  in \(count - shown) more \(count == shown + 1 ? "piece" : "pieces")")
      }
    }
    if units || isSmooth {
      lines += [
        "",
        "Equations of the units, signals standardised by the training set's means and standard deviations",
        "",
      ]
      lines += unitEquations
      if let hiddenStates { lines.append(hiddenStates) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The description as JSON with sorted keys.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  private static func share(_ share: Double) -> String {
    let text = String(format: "%.1f", 100 * share)
    return String(repeating: " ", count: max(0, 5 - text.count)) + text + " %"
  }

  private static func shortened(_ units: [String]) -> String {
    units.count > 16
      ? units.prefix(15).joined(separator: " ") + " and \(units.count - 15) more"
      : units.joined(separator: " ")
  }
}

extension NetworkDescription.Output {
  /// The left-hand side of its equation: "dlevel/dt", or a hidden state's next value, "h1[t+1]".
  var change: String { name.hasSuffix("]") ? name : name + "/dt" }
}
