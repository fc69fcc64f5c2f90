import Digests
import ErrorCategories
import Files
import Foundation
import Safetensors

/// The folder in which jobs without a coordinator leave what they made: `study.json`, and for each job
/// `results/ID.potline-result` or, before that, `results/ID.potline-checkpoint`.
///
/// Files appear whole or not at all, and the same job gives the same bytes, so any number of processes on any number of
/// hosts may share the folder, also at the same job.
package struct JobFolder: Sendable {
  /// The folder's path.
  package let path: String

  /// The folder at `path`, which may not be there yet.
  package init(_ path: String) { self.path = path }

  /// Makes the folder and writes the study's description, if they aren't there.
  ///
  /// Throws ``JobFolderError`` if it is the folder of another study, `FileError` or `SafetensorsError` if it can't be
  /// written.
  package func prepare(for study: StudyDescription) throws {
    try Folder.make(path + "/results")
    if FileManager.default.fileExists(atPath: studyPath) {
      guard try self.study().plan == study.plan else {
        throw JobFolderError(
          path: path, problem: "holds the jobs of another study: use another folder",
          category: .output)
      }
      return
    }
    try AtomicFile.write(try study.encoded(), to: studyPath)
  }

  /// The study whose jobs these are. Throws ``JobFolderError`` if there is none, `DamagedFileError`.
  package func study() throws -> StudyDescription {
    let bytes: [UInt8]
    do {
      bytes = try FileContent.all(of: studyPath)
    } catch  where error.isMissing {
      throw JobFolderError(
        path: path, problem: "has no study.json: give the folder that `potline job run -o` wrote to",
        category: .badInput)
    }
    do {
      return try StudyDescription(decoding: bytes)
    } catch let error as StudyDescriptionError {
      throw DamagedFileError(studyPath, error.problem)
    }
  }

  /// How a job ended; nil if it has no result yet.
  ///
  /// Throws `DamagedFileError` or `SafetensorsError` if the file is damaged.
  package func end(of job: SHA256Digest) throws -> ResultsFolder.MemberResult? {
    guard hasResult(of: job) else { return nil }
    let file = try JobRecordFile(contentsOf: resultPath(job), job: job)
    switch file.kind {
    case .finished: return .finished(file.content)
    case .failed:
      guard let error = MemberFailure.nonFiniteLoss(inDetails: file.content) else {
        throw DamagedFileError(resultPath(job), "it holds a failure of an unknown kind")
      }
      return .failed(MemberFailure(error))
    case .failedInWords:
      return .failed(MemberFailure(reason: String(decoding: file.content, as: UTF8.self)))
    case .checkpoint:
      throw DamagedFileError(resultPath(job), "it is a checkpoint, not a result")
    }
  }

  func hasResult(of job: SHA256Digest) -> Bool { FileManager.default.fileExists(atPath: resultPath(job)) }

  /// The last checkpoint; nil if there is none that can be used, which costs time only.
  func checkpoint(of job: SHA256Digest) -> MemberCheckpoint? {
    guard let file = try? JobRecordFile(contentsOf: checkpointPath(job), job: job), file.kind == .checkpoint
    else { return nil }
    return try? MemberCheckpoint(decoding: file.content)
  }

  func write(_ checkpoint: MemberCheckpoint, of job: SHA256Digest) throws {
    try write(.checkpoint, try checkpoint.encoded(), of: job, to: checkpointPath(job))
  }

  /// Writes the result, after which the checkpoint is of no use.
  func finish(_ kind: JobRecordFile.Kind, _ content: [UInt8], of job: SHA256Digest) throws {
    try write(kind, content, of: job, to: resultPath(job))
    removeCheckpoint(of: job)
  }

  func removeCheckpoint(of job: SHA256Digest) { unlink(checkpointPath(job)) }

  private func write(_ kind: JobRecordFile.Kind, _ content: [UInt8], of job: SHA256Digest, to path: String)
    throws
  {
    try AtomicFile.write(try JobRecordFile(kind: kind, job: job, content: content).encoded(), to: path)
  }

  private var studyPath: String { path + "/study.json" }
  private func resultPath(_ job: SHA256Digest) -> String { "\(path)/results/\(job.hex).potline-result" }
  private func checkpointPath(_ job: SHA256Digest) -> String {
    "\(path)/results/\(job.hex).potline-checkpoint"
  }
}

/// A folder that can't be used.
package struct JobFolderError: CategorizedError, Equatable {
  /// The folder.
  package let path: String
  /// What is wrong, as a clause.
  package let problem: String
  /// Output for the folder of another study, bad input for one without a study.
  package let category: ErrorCategory
  package var description: String { "\(path) \(problem)" }
}
