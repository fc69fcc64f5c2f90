import DynamicalSystems
import EnsembleAnalysis
import EnsembleStudies
import StudyFiles

/// Names of signals in figures: with their meaning where the system is known, and their unit where that or the study
/// file says it.
struct Signals {
  /// States, then inputs.
  let names: [String]
  let states: Int
  /// Those whose system is known, by name.
  private let known: [String: Signal]
  /// Units that the study file gives.
  private let units: [String: String]

  init(_ analysis: StudyAnalysis) {
    self.init(
      names: analysis.inputNames, states: analysis.data.signals.stateNames.count,
      system: analysis.study.dataset)
  }

  init(names: [String], states: Int, system: DatasetDescription) {
    (self.names, self.states) = (names, states)
    switch system {
    case .simulated(let dataset):
      let system = dataset.system.system
      known = Dictionary(
        (system.states + system.inputs).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      units = [:]
    case .files(let dataset): (known, units) = ([:], dataset.units)
    }
  }

  /// Signals of which only the units are known.
  init(names: [String], states: Int, units: [String: String]) {
    (self.names, self.states, known, self.units) = (names, states, [:], units)
  }

  private func known(_ index: Int) -> Signal? { known[names[index]] }

  /// "x2: mass of alumina in the bath"
  func title(_ index: Int) -> String { names[index] + (known(index).map { ": \($0.meaning)" } ?? "") }

  /// "kg", "°C"; empty if it isn't known.
  func unit(_ index: Int) -> String {
    let unit = known(index)?.unit ?? units[names[index]] ?? ""
    return unit == "degC" ? "°C" : unit
  }

  /// "x2 (kg)"
  func axis(_ index: Int) -> String { names[index] + (unit(index).isEmpty ? "" : " (\(unit(index)))") }

  /// The unit of the derivative of a state: "kg/s".
  func rateUnit(_ index: Int) -> String {
    unit(index).isEmpty ? "1/s" : unit(index) == "°C" ? "K/s" : unit(index) + "/s"
  }
}
