import DynamicalSystems

/// Checks of the keys that name signals of the dataset.
extension StudyFileChecks {
  /// The measured states of a simulated dataset and the noise on them.
  mutating func check(outputsOf simulated: StudyFileEntry) {
    guard let system = simulated["system"]?.text.flatMap({ SystemName(rawValue: $0) })?.system else { return }
    let states = system.states.map(\.name)
    var seen: Set<String> = []
    for entry in simulated["outputs"]?.list ?? [] {
      guard let name = entry.text else { continue }
      if !states.contains(name) {
        refuse(entry, "\(system.name) has no state '\(name)'; it has \(states.joined(separator: ", "))")
      } else if !seen.insert(name).inserted {
        refuse(entry, "the state '\(name)' is in the list twice; remove one")
      }
    }
    if let noise = simulated["measurementNoise"], let numbers = noise.list {
      let outputs = simulated["outputs"]?.list?.count ?? states.count
      if numbers.count != outputs {
        refuse(noise, "there are \(numbers.count) numbers for \(outputs) outputs; write one for each")
      }
    }
  }

  /// Lags and dead times of signals that the dataset doesn't have.
  mutating func check(signalsOf variant: StudyFileEntry, dataset: StudyFileEntry?) {
    guard let signals = dataset.flatMap(Self.signals(of:)) else { return }
    let keys = [
      (variant["lags"]?["outputs"], "output", signals.outputs),
      (variant["lags"]?["inputs"], "input", signals.inputs), (variant["deadTime"], "input", signals.inputs),
    ]
    for (entry, kind, names) in keys {
      for (name, value) in entry?.entries ?? [] where !names.contains(name) {
        let hint =
          Suggestion.closest(to: name, among: names).map { "did you mean '\($0)'?" }
          ?? (names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))")
        refuse(value, "the dataset has no \(kind) '\(name)'; \(hint)")
      }
    }
  }

  /// The names of a dataset's signals; nil where they are refused or missing.
  private static func signals(of dataset: StudyFileEntry) -> (outputs: [String], inputs: [String])? {
    if let simulated = dataset["simulated"] {
      guard let system = simulated["system"]?.text.flatMap({ SystemName(rawValue: $0) })?.system else {
        return nil
      }
      let outputs = simulated["outputs"]?.list?.compactMap(\.text)
      return (outputs ?? system.states.map(\.name), system.inputs.map(\.name))
    }
    guard let files = dataset["files"], let outputs = (files["outputs"] ?? files["states"])?.list else {
      return nil
    }
    return (outputs.compactMap(\.text), (files["inputs"]?.list ?? []).compactMap(\.text))
  }
}
