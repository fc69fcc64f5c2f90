import SparseNetworks
import StudyFiles
import Foundation
import Testing
import TrajectoryData

@Suite struct StudyFileReadingTests {
  @Test func smallestFileTakesTheDocumentedDefaults() throws {
    let study = try StudyFile.study(yaml: smallestStudy, file: "s")
    #expect(
      study
        == Study(
          name: "small", seed: 1, dataset: .simulated(SimulatedDataset()),
          variants: [Variant(name: "a", hidden: [20, 20])],
          forecast: Forecast(windows: ForecastWindow.standard)))
    let variant = try #require(study.variants.first)
    #expect(variant.members == 10 && variant.length == .epochs(100) && variant.batchSize == 128)
    #expect(variant.learningRate == .constant(0.001) && variant.pruneThreshold == 0.001)
    #expect(variant.adam == AdamConstants(beta1: 0.9, beta2: 0.999, epsilon: 1e-8))
    #expect(variant.penalty == .none && variant.trainingTrajectories == nil && !variant.inputSkip)
  }

  @Test func everyKeyReachesItsPlace() throws {
    let yaml = """
      name: all-2
      description: "Über: alles"
      seed: 18446744073709551615
      members: 3
      dataset:
        files:
          train: [a.csv, "b dir", 'runs/*.csv']
          test: [c.csv]
          states: [x1, x2]
          inputs: [u1]
          samplingTime: .5
          trajectoryColumn: run
      defaults:
        hidden: [7]
        epochs: 9
        penalty: {method: subgradient, weight: 2e-4}
      variants:
        - name: inherits
        - name: own
          members: 4
          hidden: [8, 6]
          inputSkip: true
          penalty:
            method: proximal
            weight: {input: 1e-3, hidden: 2E-3}
          learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}
          adam: {beta1: 0.8}
          epochs: 11
          batchSize: 64
          trainingTrajectories: 12
          pruneThreshold: 0
      forecast:
        windows: [[0, 10], [5, 2500000]]
      """
    let files = FileDataset(
      train: ["a.csv", "b dir", "runs/*.csv"], test: ["c.csv"], states: ["x1", "x2"], inputs: ["u1"],
      samplingTime: 0.5, trajectoryColumn: "run")
    let inherits = Variant(
      name: "inherits", members: 3, hidden: [7], penalty: Penalty(method: .subgradient, weight: 2e-4),
      length: .epochs(9))
    let own = Variant(
      name: "own", members: 4, hidden: [8, 6], inputSkip: true,
      penalty: Penalty(method: .proximal, input: 1e-3, hidden: 2e-3, skip: 0),
      learningRate: .cosine(from: 2e-3, to: 2e-5), adam: AdamConstants(beta1: 0.8), length: .epochs(11),
      batchSize: 64,
      trainingTrajectories: 12, pruneThreshold: 0)
    let expected = Study(
      name: "all-2", description: "Über: alles", seed: .max, dataset: .files(files),
      variants: [inherits, own],
      forecast: Forecast(windows: [ForecastWindow(from: 0, to: 10), ForecastWindow(from: 5, to: 2_500_000)]))
    #expect(try StudyFile.study(yaml: yaml, file: "s") == expected)
  }

  @Test func aVariantReplacesAWholeMappingOfDefaults() throws {
    let yaml = """
      name: a
      dataset: {simulated: {system: aluminium-cell}}
      defaults:
        hidden: [5]
        adam: {beta1: 0.5, beta2: 0.6}
      variants:
        - name: a
          adam: {beta2: 0.7}
        - name: b
      """
    let study = try StudyFile.study(yaml: yaml, file: "s")
    #expect(study.variants[0].adam == AdamConstants(beta1: 0.9, beta2: 0.7))
    #expect(study.variants[1].adam == AdamConstants(beta1: 0.5, beta2: 0.6))
  }

  @Test func standardWindowsEndWithTheTestTrajectories() throws {
    let yaml = smallestStudy.replacing(
      "system: aluminium-cell", with: "system: aluminium-cell\n    steps: 1000")
    let study = try StudyFile.study(yaml: yaml, file: "s")
    #expect(study.forecast.windows.map(\.description) == ["0–100", "100–1000", "0–1000"])
    #expect(ForecastWindow.standard(clippedTo: 80) == [ForecastWindow(from: 0, to: 80)])
  }

  @Test func seedCanBeReplaced() throws {
    let study = try StudyFile.study(yaml: smallestStudy, file: "s")
    #expect(study.with(seed: 7).seed == 7)
    #expect(study.with(seed: 7).with(seed: study.seed) == study)
  }

  @Test(arguments: [
    ("1e-3", 0.001), ("1E-03", 0.001), ("2", 2), ("+0.5", 0.5), (".25", 0.25), ("3.", 3), ("1.5e+1", 15),
  ])
  func numbersNeedNoPoint(text: String, value: Double) throws {
    let study = try StudyFile.study(yaml: smallestStudy + "    learningRate: \(text)\n", file: "s")
    #expect(study.variants[0].learningRate == .constant(value))
  }

  @Test(arguments: BundledStudies.all.map(\.name))
  func bundledStudiesRead(name: String) throws {
    let entry = try #require(BundledStudies.all.first { $0.name == name })
    let study = try StudyFile.study(yaml: entry.text, file: name)
    #expect(study.name == name)
    #expect(study.description?.isEmpty == false && !entry.summary.isEmpty)
    #expect(Set(study.variants.map(\.name)).count == study.variants.count)
  }

  @Test func publishedSettingsAreThePublishedOnes() throws {
    let text = try #require(BundledStudies.all.first { $0.name == "published-settings" }).text
    let study = try StudyFile.study(yaml: text, file: "s")
    #expect(
      study.dataset == .simulated(SimulatedDataset(trajectories: 40, steps: 5000, testTrajectories: 100)))
    #expect(study.variants.map(\.name) == ["dense", "sparse"])
    #expect(study.variants[0].penalty == .none)
    #expect(study.variants[1].penalty == Penalty(method: .subgradient, weight: 1e-4))
    #expect(
      study.variants.allSatisfy { $0.members == 10 && $0.length == .epochs(100) && $0.batchSize == 128 })
    #expect(study.variants.allSatisfy { $0.learningRate == .constant(1e-3) && !$0.inputSkip })
  }

  @Test func filesAreReadFromDisk() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "study-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "study.yaml").path
    #expect { try StudyFile.read(path: path) } throws: {
      "\($0)".hasPrefix("\(path): the study file can't be read: ")
    }
    try Data(smallestStudy.utf8).write(to: URL(fileURLWithPath: path))
    #expect(try StudyFile.read(path: path).name == "small")
    try Data([0x6E, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
    #expect { try StudyFile.read(path: path) } throws: { "\($0)".contains("not text in UTF-8") }
    try Data(repeating: 0x23, count: StudyFile.maximumSize + 1).write(to: URL(fileURLWithPath: path))
    #expect { try StudyFile.read(path: path) } throws: { "\($0)".contains("at most 1048576") }
  }

  @Test func jsonRoundTrip() throws {
    for entry in BundledStudies.all {
      let study = try StudyFile.study(yaml: entry.text, file: entry.name)
      let data = try JSONEncoder().encode(study)
      #expect(try JSONDecoder().decode(Study.self, from: data) == study)
    }
  }
}
