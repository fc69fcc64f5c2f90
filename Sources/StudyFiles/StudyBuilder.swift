import DynamicalSystems
import SparseNetworks
import TrajectoryData

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
      families: root.need("variants").list.need().map(family),
      forecast: Forecast(windows: windows(of: root.need("forecast"), dataset: dataset)))
  }

  private func dataset(_ entry: StudyFileEntry) -> DatasetDescription {
    if let files = entry["files"] {
      return .files(
        FileDataset(
          train: files.need("train").texts, test: files.need("test").texts,
          states: files.need("states").texts,
          inputs: files.need("inputs").texts, samplingTime: files.need("samplingTime").number.need(),
          trajectoryColumn: files["trajectoryColumn"]?.text,
          validationTrajectories: files.need("validationTrajectories").integer.need()))
    }
    let simulated = entry.need("simulated")
    return .simulated(
      SimulatedDataset(
        system: SystemName(rawValue: simulated.need("system").text.need()).need(),
        trajectories: simulated.need("trajectories").integer.need(),
        steps: simulated.need("steps").integer.need(),
        testTrajectories: simulated.need("testTrajectories").integer.need(),
        testSteps: simulated["testSteps"]?.integer,
        validationTrajectories: simulated.need("validationTrajectories").integer.need(),
        seed: simulated.need("seed").seed.need()))
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
  func need(_ key: String) -> StudyFileEntry { self[key].need() }

  fileprivate var texts: [String] { list.need().map { $0.text.need() } }
}

extension Optional {
  func need() -> Wrapped {
    guard let self else { preconditionFailure("StudyFileReference and StudyBuilder disagree about a key") }
    return self
  }
}
