import DynamicalSystems
import SparseNetworks

/// Makes a study from entries in which no problem was found.
///
/// The reader has filled in every default, so a value that is missing here is a mistake in `StudyFileReference`.
struct StudyBuilder {
  let root: StudyFileEntry

  func study() -> Study {
    let dataset = dataset(root.need("dataset"))
    return Study(
      name: root.need("name").text.need(), description: root["description"]?.text,
      seed: root.need("seed").seed.need(), dataset: dataset,
      variants: root.need("variants").list.need().map(variant),
      forecast: Forecast(windows: windows(of: root.need("forecast"), dataset: dataset)))
  }

  private func dataset(_ entry: StudyFileEntry) -> DatasetDescription {
    if let files = entry["files"] {
      return .files(
        FileDataset(
          train: files.need("train").texts, test: files.need("test").texts,
          states: files.need("states").texts,
          inputs: files.need("inputs").texts, samplingTime: files.need("samplingTime").number.need(),
          trajectoryColumn: files["trajectoryColumn"]?.text))
    }
    let simulated = entry.need("simulated")
    return .simulated(
      SimulatedDataset(
        system: SimulatedSystem(rawValue: simulated.need("system").text.need()).need(),
        trajectories: simulated.need("trajectories").integer.need(),
        steps: simulated.need("steps").integer.need(),
        testTrajectories: simulated.need("testTrajectories").integer.need(),
        testSteps: simulated["testSteps"]?.integer, seed: simulated.need("seed").seed.need()))
  }

  private func variant(_ entry: StudyFileEntry) -> Variant {
    let adam = entry.need("adam")
    return Variant(
      name: entry.need("name").text.need(),
      members: entry["members"]?.integer ?? root.need("members").integer.need(),
      hidden: entry.need("hidden").list.need().map { $0.integer.need() },
      inputSkip: entry.need("inputSkip").flag.need(), penalty: penalty(entry.need("penalty")),
      learningRate: learningRate(entry.need("learningRate")),
      adam: AdamConstants(
        beta1: adam.need("beta1").number.need(), beta2: adam.need("beta2").number.need(),
        epsilon: adam.need("epsilon").number.need()),
      activeSet: entry.need("activeSet").flag.need(),
      screeningInterval: entry.need("screeningInterval").integer.need(),
      epochs: entry.need("epochs").integer.need(), batchSize: entry.need("batchSize").integer.need(),
      trainingTrajectories: entry.need("trainingTrajectories").integer,
      pruneThreshold: entry.need("pruneThreshold").number.need())
  }

  private func penalty(_ entry: StudyFileEntry) -> Penalty {
    let method = PenaltyMethod(rawValue: entry.need("method").text.need()).need()
    guard let weight = entry["weight"] else { return Penalty(method: method, weight: 0) }
    if let number = weight.number { return Penalty(method: method, weight: number) }
    return Penalty(
      method: method, input: weight.need("input").number.need(), hidden: weight.need("hidden").number.need(),
      skip: weight.need("skip").number.need())
  }

  private func learningRate(_ entry: StudyFileEntry) -> LearningRate {
    if let number = entry.number { return .constant(number) }
    let from = entry.need("from").number.need()
    switch LearningRate.Schedule(rawValue: entry.need("schedule").text.need()).need() {
    case .constant: return .constant(from)
    case .cosine: return .cosine(from: from, to: entry.need("to").number.need())
    }
  }

  private func windows(of forecast: StudyFileEntry, dataset: DatasetDescription) -> [ForecastWindow] {
    if let list = forecast["windows"]?.list {
      return list.map { window in
        let ends = window.list.need().map { $0.integer.need() }
        return ForecastWindow(from: ends[0], to: ends[1])
      }
    }
    switch dataset {
    case .simulated(let simulated): return ForecastWindow.standard(clippedTo: simulated.testSteps)
    case .files: return ForecastWindow.standard
    }
  }
}

extension StudyFileEntry {
  fileprivate func need(_ key: String) -> StudyFileEntry { self[key].need() }

  fileprivate var texts: [String] { list.need().map { $0.text.need() } }
}

extension Optional {
  fileprivate func need() -> Wrapped {
    guard let self else { preconditionFailure("StudyFileReference and StudyBuilder disagree about a key") }
    return self
  }
}
