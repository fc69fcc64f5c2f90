import Digests
import EnsembleStudies
import Files

/// The results that the jobs of a study left in a folder.
package struct JobCollection {
  /// Numbers of the jobs without a result.
  package private(set) var missing: [Int] = []
  /// Numbers of the jobs whose results are damaged, with the error.
  package private(set) var damaged: [(index: Int, problem: String)] = []
  package let jobCount: Int

  private let folder: JobFolder
  private let study: StudyDescription
  private let plan: StudyPlan

  package var isComplete: Bool { missing.isEmpty && damaged.isEmpty }

  /// Checks every result. `list` is a list of the jobs that holds the study; nil takes it from the folder.
  ///
  /// Throws a `CategorizedError` of category bad input if the folder isn't one of jobs.
  package init(folder path: String, list: String?) throws {
    let folder = JobFolder(path)
    (study, plan) = try categorized(.badInput) {
      let study = try list.map(Self.study) ?? folder.study()
      return (study, try study.makePlan())
    }
    self.folder = folder
    let jobs = plan.jobs.map(\.id)
    jobCount = jobs.count
    for (index, job) in jobs.enumerated() {
      do {
        if try folder.end(of: job) == nil { missing.append(index) }
      } catch {
        damaged.append((index, "\(error)"))
      }
    }
  }

  /// Writes the results that are there and whole. Throws as ``ResultsWriter`` does.
  package func write(to output: String, _ events: StudyEvents) throws -> EnsembleStatistics {
    var members = FolderMembers(folder: folder, leftOut: Set(damaged.map { plan.jobs[$0.index].id }))
    return try ResultsWriter(study, folder: output).write(from: &members, events)
  }

  private static func study(list path: String) throws -> StudyDescription {
    let lines = JobLines(try FileContent.all(of: path), source: path)
    guard lines.count > 0 else { throw CommandError(.badInput, "\(path): there is no job in it") }
    return try lines.job(at: 0).study
  }

  /// Ascending numbers as `sbatch --array` takes them: "3,17-20,199".
  package static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
