import Foundation

extension SimulatedSystems {
  /// All systems with their signals, units, constants and sources, as text.
  package static func text() -> String {
    all.map { system in
      var lines = ["\(system.name): \(system.summary)"]
      func add(_ title: String, _ entries: [String]) {
        for (index, entry) in entries.enumerated() {
          lines.append(
            "  " + (index == 0 ? title : "").padding(toLength: 15, withPad: " ", startingAt: 0) + entry)
        }
      }
      func table(_ signals: [Signal], deadTimes: [Int] = []) -> [String] {
        let width = (signals.map(\.name.count).max() ?? 0) + 2
        return signals.enumerated().map { index, signal in
          let deadTime = deadTimes.isEmpty ? 0 : deadTimes[index]
          return signal.name.padding(toLength: width, withPad: " ", startingAt: 0) + signal.meaning
            + (signal.unit.isEmpty ? "" : " (\(signal.unit))")
            + (deadTime == 0 ? "" : ", acts after \(deadTime) samples")
        }
      }
      add("states", table(system.states))
      add("inputs", table(system.inputs, deadTimes: system.inputDeadTimes))
      add("sampling time", ["\(number(system.samplingTime)) s"])
      add(
        "constants",
        system.parameters.map {
          "\($0.name) = \(number($0.value))" + ($0.unit.isEmpty ? "" : " \($0.unit)") + ", \($0.meaning)"
        })
      add("source", system.source.components(separatedBy: "; "))
      return lines.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func number(_ value: Double) -> String { String(format: "%.6g", value) }

  /// All systems as a JSON array of objects with the keys `name`, `summary`, `source`, `samplingTime` (s), `isDefault`,
  /// `states`, `inputs` (`name`, `meaning`, `unit` each), `parameters` (`name`, `value`, `unit`, `meaning` each),
  /// `trueArguments` (a list of names for each state), `measurementNoise` (a number for each state) and `inputDeadTimes`
  /// (samples, a number for each input).
  package static func json() throws -> String {
    struct Description: Encodable {
      let name: String
      let summary: String
      let source: String
      let isDefault: Bool
      let samplingTime: Double
      let states: [Signal]
      let inputs: [Signal]
      let parameters: [SystemParameter]
      let trueArguments: [[String]]
      let measurementNoise: [Double]
      let inputDeadTimes: [Int]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let descriptions = all.map {
      Description(
        name: $0.name, summary: $0.summary, source: $0.source, isDefault: $0.name == standard.name,
        samplingTime: $0.samplingTime, states: $0.states, inputs: $0.inputs, parameters: $0.parameters,
        trueArguments: $0.trueArguments, measurementNoise: $0.measurementNoise,
        inputDeadTimes: $0.inputDeadTimes)
    }
    return String(decoding: try encoder.encode(descriptions), as: UTF8.self)
  }
}
