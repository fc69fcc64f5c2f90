import Digests
import EnsembleStudies
import Files
import Foundation
import QueueProtocol
import QueueServer

/// The results of a study's jobs, wherever they are: in a journal, at a coordinator, or in a folder.
package protocol MemberSource {
  /// How a job ended; nil if it has not ended.
  ///
  /// Called once for each member in the plan's order. One result is in memory at a time.
  mutating func end(of job: SHA256Digest) throws -> ResultsFolder.MemberResult?

  /// The place of a job's result, for errors about it: a path, or an address with an id.
  func location(of job: SHA256Digest) -> String

  /// Puts the dataset into a folder under its digest. Returns false if this source doesn't have it.
  mutating func place(dataset: SHA256Digest, in folder: String) throws -> Bool
}

/// Results in a run's own journal.
struct JournalMembers: MemberSource {
  private let journal: Journal
  private let folder: String
  private let failures: [SHA256Digest: MemberFailure]

  /// The journal in `folder`, which is open.
  init(_ journal: Journal, folder: String) throws {
    (self.journal, self.folder) = (journal, folder)
    let failed = try journal.failedJobs()
    failures = Dictionary(
      failed.map {
        ($0.id.digest, MemberFailure(message: $0.failure.message, details: $0.failure.details))
      },
      uniquingKeysWith: { $1 })
  }

  func end(of job: SHA256Digest) throws -> ResultsFolder.MemberResult? {
    if let failure = failures[job] { return .failed(failure) }
    return try journal.result(of: JobID(job)).map { .finished($0.bytes) }
  }

  func location(of job: SHA256Digest) -> String { "\(folder)/journal.sqlite, job \(job.hex)" }

  /// A run writes its dataset before it trains.
  func place(dataset: SHA256Digest, in folder: String) -> Bool { false }
}

/// Results that a coordinator keeps, fetched page by page; one page is in memory.
package struct ClientMembers: MemberSource {
  private let client: QueueClient
  private let study: StudyID
  private let places: [SHA256Digest: Int]
  private var failures: [SHA256Digest: MemberFailure] = [:]
  private var page: [JobStatus] = []

  /// The results of a plan that was submitted as `study`. Fetches the failures.
  package init(_ client: QueueClient, study: StudyID, plan: StudyPlan) throws {
    (self.client, self.study) = (client, study)
    places = Dictionary(uniqueKeysWithValues: plan.jobs.enumerated().map { ($1.id, $0) })
    var failures: [SHA256Digest: MemberFailure] = [:]
    try client.failures(of: study) { jobs in
      for job in jobs {
        failures[job.job.digest] = MemberFailure(
          message: job.failure.message, details: job.failure.details)
      }
    }
    self.failures = failures
  }

  package mutating func end(of job: SHA256Digest) throws -> ResultsFolder.MemberResult? {
    if let failure = failures[job] { return .failed(failure) }
    guard let place = places[job] else { return nil }
    if let known = page.first(where: { $0.place == place }) { return Self.end(known) }
    page = try client.results(of: study, from: place).jobs
    guard let found = page.first, found.place == place, found.job.digest == job else {
      throw QueueClientError.unexpectedAnswer
    }
    return Self.end(found)
  }

  package func location(of job: SHA256Digest) -> String {
    "study \(study) at the coordinator, job \(job.hex)"
  }

  /// Fetches the dataset from the coordinator, so that the study's own files aren't needed.
  package func place(dataset: SHA256Digest, in folder: String) throws -> Bool {
    do {
      _ = try client.download(dataset, into: BlobStore(folder: folder))
      return true
    } catch let problem as QueueError where [.unknownBlob, .badRequest].contains(problem.code) {
      // The coordinator doesn't have the dataset, or is of a version that hands out none.
      return false
    }
  }

  private static func end(_ outcome: JobStatus) -> ResultsFolder.MemberResult? {
    outcome.state == .finished ? .finished(outcome.bytes) : nil
  }
}

/// Results that `potline job run` left in a folder.
struct FolderMembers: MemberSource {
  let folder: JobFolder
  /// Jobs whose results are damaged.
  let leftOut: Set<SHA256Digest>

  func end(of job: SHA256Digest) throws -> ResultsFolder.MemberResult? {
    leftOut.contains(job) ? nil : try folder.end(of: job)
  }

  func location(of job: SHA256Digest) -> String { "\(folder.path)/results/\(job.hex).potline-result" }

  /// Links the file instead of copying it.
  func place(dataset: SHA256Digest, in target: String) -> Bool {
    link("\(folder.path)/datasets/\(dataset.hex)", "\(target)/\(dataset.hex)") == 0
  }
}
