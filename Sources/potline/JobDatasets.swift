import Digests
import EnsembleStudies
import Files
import Foundation
import QueueProtocol
import StudyFiles

/// The datasets of listed jobs in a folder that many processes may share: taken from there, or made and put there.
struct JobDatasets {
  let folder: String
  private var opened: [SHA256Digest: DatasetFile] = [:]

  init(folder: String) { self.folder = folder }

  /// The dataset of a job, verified once.
  ///
  /// Throws `JobDatasetError` if it can't be made, or would be another one than the job's; `BlobError` if it can't be
  /// written.
  mutating func file(of job: ListedJob) throws -> DatasetFile {
    let digest = job.job.dataset
    if let file = opened[digest] { return file }
    let file = try DatasetFile(try Self.path(of: digest, study: job.study, in: folder))
    opened[digest] = file
    return file
  }

  /// The path of the dataset in `folder`, where it is afterwards. Throws as above.
  static func path(of digest: SHA256Digest, study: StudyDescription, in folder: String) throws -> String {
    try Folder.make(folder)
    let store = try BlobStore(folder: folder)
    if let path = store.path(of: digest), (try? SHA256Digest.of(fileAt: path)) == digest { return path }
    try store.add(try bytes(of: digest, study: study))
    return "\(folder)/\(digest.hex)"
  }

  private static func bytes(of digest: SHA256Digest, study: StudyDescription) throws -> [UInt8] {
    let bytes: [UInt8]
    do {
      let study = try StudyFile.study(yaml: study.study, file: "the job's study")
      bytes = try DatasetFile.encoded(try study.dataset.trajectories(relativeTo: "/"))
    } catch {
      throw JobDatasetError("the job's dataset is not in the datasets' folder, and can't be made: \(error)")
    }
    guard SHA256Digest.of(bytes) == digest else {
      throw JobDatasetError(
        "the study's data are not those of the job any more: list its jobs again, or put the files back")
    }
    return bytes
  }
}

/// A dataset that can't be had.
struct JobDatasetError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
