import Digests
import EnsembleStudies
import Foundation

/// What the jobs of a study have left in a folder.
struct JobCollection {
  /// Numbers of the jobs without a result.
  private(set) var missing: [Int] = []
  /// Numbers of the jobs whose results are damaged, and how.
  private(set) var damaged: [(index: Int, problem: String)] = []

  private let folder: JobFolder
  private let description: StudyDescription
  private let plan: StudyPlan
  private let jobCount: Int

  var isComplete: Bool { missing.isEmpty && damaged.isEmpty }

  /// Looks at every result; ends the program with a message if the folder isn't one of jobs. `list` is a list of the jobs,
  /// from which the study is known if not from the folder.
  init(folder path: String, list: String?) throws {
    folder = JobFolder(path)
    do {
      description = try list.map(Self.study) ?? folder.study()
      plan = try description.makePlan()
    } catch {
      throw ExitStatus.badInput.refuse(error)
    }
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

  /// Says what is missing and what is damaged.
  func tell() {
    for (_, problem) in damaged { Console.error("damaged result: \(problem)") }
    if !damaged.isEmpty {
      Console.error(
        "\(damaged.count) of \(jobCount) results are damaged; run their jobs again: --array=\(Self.ranges(damaged.map(\.index)))"
      )
    }
    if !missing.isEmpty {
      Console.error(
        "\(missing.count) of \(jobCount) jobs have no result yet; run them: --array=\(Self.ranges(missing))")
    }
  }

  /// Writes the results that are there; ends the program with a message if it can't.
  func write(to output: String) throws -> EnsembleStatistics {
    let left = Set(damaged.map { plan.jobs[$0.index].id })
    let place = ResultFolder(path: output, study: description)
    do {
      try place.prepare()
      place.takeDataset(from: folder.path + "/datasets")
      return try StudyOutput(plan, folder: output).write { member in
        left.contains(member.job) ? nil : try folder.end(of: member.job)
      }
    } catch {
      throw ExitStatus.output.refuse(error)
    }
  }

  private static func study(list path: String) throws -> StudyDescription {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageProblem("\(path): there is no such file, or it can't be read")
    }
    let lines = JobLines([UInt8](data), source: path)
    guard lines.count > 0 else { throw UsageProblem("\(path): there is no job in it") }
    return try lines.job(at: 0).study
  }

  /// Ascending numbers as `sbatch --array` takes them: "3,17-20,199".
  static func ranges(_ numbers: [Int]) -> String {
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
