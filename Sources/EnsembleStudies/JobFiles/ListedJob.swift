import CheckedJSON
import Digests
import ErrorCategories
import Foundation

/// A job as a line of text, complete in itself: whoever has the line can train the member, and whoever has all lines can
/// collect the study.
package struct ListedJob: Codable, Equatable, Sendable {
  /// What this program writes and reads.
  package static let currentFormat = "potline-job-1"

  /// ``currentFormat`` of the program that wrote it.
  package private(set) var format = currentFormat
  /// The job's identity: the SHA-256 of its payload.
  package let id: SHA256Digest
  /// The study's members that it trains, such as "sparse-03": one, or several that are the same job.
  package let members: [String]
  /// The job.
  package let job: TrainingJob
  /// The study, which also tells where the job's dataset comes from.
  package let study: StudyDescription

  /// The jobs of a plan in its order; `study` is its description.
  package static func all(of plan: StudyPlan, study: StudyDescription) throws -> [ListedJob] {
    let members = Dictionary(grouping: plan.members, by: \.job)
    return try plan.jobs.map { id, payload in
      ListedJob(
        id: id, members: members[id, default: []].map(\.name), job: try TrainingJob(payload: payload),
        study: study)
    }
  }

  private init(id: SHA256Digest, members: [String], job: TrainingJob, study: StudyDescription) {
    (self.id, self.members, self.job, self.study) = (id, members, job, study)
  }

  /// Reads what ``line()`` made. Throws ``ListedJobError`` if it isn't a job of this program's format, or not the one whose
  /// identity it has.
  package init(line: some Collection<UInt8>) throws(ListedJobError) {
    let bytes = Array(line)
    do {
      let head = try JSONDecoder().decodeChecked(Head.self, from: bytes)
      guard head.format == Self.currentFormat else {
        throw ListedJobError(
          problem:
            "it has format '\(head.format)', this program reads '\(Self.currentFormat)': use the same version"
        )
      }
      self = try JSONDecoder().decodeChecked(ListedJob.self, from: bytes)
      guard job.format == TrainingJob.currentFormat else {
        throw ListedJobError(
          problem:
            "the job has format \(job.format), this program runs \(TrainingJob.currentFormat): use the same version"
        )
      }
      guard try SHA256Digest.of(job.payload()) == id else {
        throw ListedJobError(problem: "its id isn't that of its job: the line was changed")
      }
    } catch let error as ListedJobError {
      throw error
    } catch {
      throw ListedJobError(problem: "it isn't a job: \(JSONProblem.text(of: error))")
    }
  }

  /// One line of JSON, without its end.
  package func line() throws -> [UInt8] { try CanonicalJSON.bytes(self) }

  /// What people call it: the members.
  package var name: String { members.joined(separator: ", ") }

  /// What is the same in lines of all formats.
  private struct Head: Decodable { let format: String }
}

/// A line that is no job.
package struct ListedJobError: CategorizedError, Equatable {
  /// What is wrong, as a clause.
  package let problem: String
  /// Bad input.
  package var category: ErrorCategory { .badInput }
  package var description: String { problem }
}
