import EnsembleAnalysis
import EnsembleStudies
import Files
import Foundation

/// Writes a study's results to an output folder, the same files from any source of members.
package struct ResultsWriter {
  private let folder: String
  private let study: StudyDescription
  private let plan: StudyPlan

  /// Throws `StudyDescriptionError` if this version expands the study into other jobs.
  package init(_ study: StudyDescription, folder: String) throws {
    (self.study, self.folder) = (study, folder)
    plan = try categorized(.badInput) { try study.makePlan() }
  }

  /// Writes study.yaml, the members, members.csv, statistics.json and the dataset.
  ///
  /// The report needs the dataset and the results don't, so a dataset that can't be had is a remark.
  ///
  /// Throws a `CategorizedError`: output if the folder holds another study's results or can't be written, bad input if a
  /// result is damaged.
  package func write(from source: inout some MemberSource, _ events: StudyEvents) throws -> EnsembleStatistics
  {
    let file = folder + "/study.yaml"
    if let other = FileManager.default.contents(atPath: file), other != Data(study.study.utf8) {
      throw CommandError(.output, "\(folder) holds the results of another study: use another folder")
    }
    try Folder.make(folder)
    try AtomicFile.write(Array(study.study.utf8), to: file)
    do {
      try placeDataset(from: &source)
    } catch {
      events(.remark("\(error); `potline report` will need it in \(folder)/datasets"))
    }
    return try Self.writeMembers(of: plan, to: folder, from: &source)
  }

  /// Writes the members, members.csv and statistics.json; and, where the dataset is in the folder and no member is missing,
  /// ensembles.json. Throws as above.
  static func writeMembers(
    of plan: StudyPlan, to folder: String, from source: inout some MemberSource
  ) throws -> EnsembleStatistics {
    // An error without a category is about the bytes of a result.
    try categorized(.badInput) {
      let results = ResultsFolder(plan, folder: folder)
      let statistics = try results.write(naming: source.location) { try source.end(of: $0.job) }
      let members = statistics.variants.reduce(0) { $0 + $1.finished + $1.failures.count }
      let file = folder + "/" + EnsembleModels.fileName
      if members == plan.members.count, let models = try EnsembleModels(StudyFolder(folder)) {
        try AtomicFile.write(try models.json(), to: file)
      } else if FileManager.default.fileExists(atPath: file) {
        // Of an earlier state of the results.
        try FileManager.default.removeItem(atPath: file)
      }
      return statistics
    }
  }

  private func placeDataset(from source: inout some MemberSource) throws {
    let datasets = folder + "/datasets"
    try Folder.make(datasets)
    if FileManager.default.fileExists(atPath: "\(datasets)/\(study.dataset.hex)") { return }
    if try source.place(dataset: study.dataset, in: datasets) { return }
    _ = try DatasetStore.path(of: study.dataset, study: study, in: datasets)
  }
}
