import EnsembleStudies
import Files
import QueueProtocol
import Safetensors

/// The jobs of a study as text, and its dataset.
package struct StudyJobs {
  package let plan: StudyPlan
  /// One job a line.
  package let text: [UInt8]
  package let count: Int
  private let dataset: [UInt8]
  private let description: StudyDescription

  /// Makes the dataset and the list. Throws a `CategorizedError` if the study can't be used.
  package init(_ source: StudySource) throws {
    let prepared = try PreparedStudy(source)
    (plan, dataset) = (prepared.plan, prepared.dataset)
    description = StudyDescription(plan, resolvedYAML: prepared.resolvedYAML)
    let jobs = try ListedJob.all(of: plan, study: description)
    count = jobs.count
    text =
      Array(try jobs.map { try $0.line() }.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
  }

  /// Writes jobs.jsonl, study.json and the dataset to a folder, and returns the list's path. Throws a `CategorizedError`
  /// of category output if the folder is another study's or can't be written.
  package func write(to folder: String) throws -> String {
    try categorized(.output) {
      try JobFolder(folder).prepare(for: description)
      try BlobStore(folder: folder + "/datasets").add(dataset)
      try AtomicFile.write(text, to: folder + "/jobs.jsonl")
    }
    return folder + "/jobs.jsonl"
  }
}
