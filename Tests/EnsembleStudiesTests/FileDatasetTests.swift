import Digests
import Foundation
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Datasets of files: what is refused across files, and what the resolved study says of them.
@Suite final class FileDatasetTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, offset) in [("a", 0), ("b", 100)] {
      let rows = (0..<40).map { "\($0 % 7 + offset);\(Double($0 * $0 % 11) / 2)\n".replacing(".", with: ",") }
      try Data(("x;u\n" + rows.joined()).utf8).write(to: folder.appendingPathComponent("\(name).csv"))
    }
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("link.csv"),
      withDestinationURL: folder.appendingPathComponent("a.csv"))
    try FileManager.default.linkItem(
      at: folder.appendingPathComponent("a.csv"), to: folder.appendingPathComponent("hard.csv"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func read(_ dataset: FileDataset) throws -> DatasetReading {
    try DatasetDescription.files(dataset).read(relativeTo: folder.path)
  }

  @Test func aFileInTrainAndTestIsRefusedAlsoThroughLinks() throws {
    for other in ["a.csv", "link.csv", "hard.csv", "../\(folder.lastPathComponent)/a.csv"] {
      let error = #expect(throws: RecordingError.self) {
        try read(FileDataset(train: ["a.csv"], test: [Recording(other)], states: ["x"], samplingTime: 1))
      }
      guard case .overlap(let first, let second, _, _) = error?.problem else {
        Issue.record("\(other): \(String(describing: error))")
        continue
      }
      #expect(first.hasSuffix(URL(fileURLWithPath: other).lastPathComponent) && second.hasSuffix("a.csv"))
    }
    #expect(throws: RecordingError.self) {
      try read(FileDataset(train: ["a.csv", "link.csv"], test: ["b.csv"], states: ["x"], samplingTime: 1))
    }
  }

  @Test func rowsHaveOneUse() throws {
    func dataset(_ train: RowRange, _ test: RowRange) -> FileDataset {
      FileDataset(
        train: [Recording("a.csv", rows: train)], test: [Recording("link.csv", rows: test)], states: ["x"],
        samplingTime: 1)
    }
    #expect(throws: RecordingError.self) { try read(dataset(RowRange(0, 21), RowRange(20, 40))) }
    #expect(throws: RecordingError.self) { try read(dataset(RowRange(5, nil), RowRange(39, 40))) }
    #expect(try read(dataset(RowRange(0, 20), RowRange(20, nil))).trajectories.test[0].rowCount == 20)
    // The same rows of other columns are another run.
    let sideBySide = FileDataset(
      train: [Recording("a.csv", columns: ["y": "x"])], test: [Recording("a.csv", columns: ["y": "u"])],
      states: ["y"], samplingTime: 1)
    #expect(try read(sideBySide).trajectories.test[0].rowCount == 40)
  }

  @Test func theResolvedStudySaysWhatWasRecognised() throws {
    let dataset = FileDataset(
      train: ["a.csv"], states: ["x"], inputs: ["u"], samplingTime: 1, split: RunSplit(test: 0.25))
    let reading = try read(dataset)
    guard case .files(let resolved) = reading.resolved else {
      Issue.record("not files")
      return
    }
    #expect(resolved.format.isComplete && resolved.format.separator == .semicolon)
    #expect(resolved.format.decimal == .comma && resolved.train[0].file.hasPrefix("/"))
    // Reading the resolved study again gives the same data.
    #expect(try reading.resolved.read(relativeTo: "/").trajectories == reading.trajectories)
  }

  @Test func filesOfTwoDialectsHaveAFormatEach() throws {
    try Data("x,u\n1,0.5\n2,0.25\n3,1\n".utf8).write(to: folder.appendingPathComponent("c.csv"))
    let dataset = FileDataset(
      train: ["a.csv"], test: ["c.csv"], states: ["x"], inputs: ["u"], samplingTime: 1)
    let reading = try read(dataset)
    guard case .files(let resolved) = reading.resolved else {
      Issue.record("not files")
      return
    }
    #expect(resolved.train[0].format?.separator == .semicolon && resolved.test[0].format?.separator == .comma)
    #expect(try reading.resolved.read(relativeTo: "/").trajectories == reading.trajectories)
  }

  @Test func theUsualBatchSizeAdaptsToFewRows() throws {
    let study = Study(
      name: "s",
      dataset: .files(
        FileDataset(train: ["a.csv"], test: ["b.csv"], states: ["x"], inputs: ["u"], samplingTime: 1)),
      variants: [Variant(name: "v", members: 1, hidden: [2], length: .epochs(1))],
      forecast: Forecast(windows: [ForecastWindow(from: 0, to: 10)]))
    let reading = try study.dataset.read(relativeTo: folder.path)
    let digest = SHA256Digest.of(try DatasetFile.encoded(reading.trajectories))
    let plan = try StudyPlan(study, trajectories: reading.trajectories, digest: digest)
    #expect(plan.study.variants[0].batchSize == 39)
    // One that was written is not changed.
    var written = study
    written.grids[0].base.batchSize = 128
    #expect(throws: StudyPlanError.self) {
      try StudyPlan(written, trajectories: reading.trajectories, digest: digest)
    }
  }
}
