import Digests
import EnsembleStudies
import Files
import Foundation
import QueueProtocol
import StudyFiles

/// The datasets of listed jobs in a folder that many processes may share: taken from there, or made and put there.
struct DatasetStore {
  let folder: String
  private var opened: [SHA256Digest: DatasetFile] = [:]

  init(folder: String) { self.folder = folder }

  /// The dataset of a job, verified once.
  ///
  /// Throws `CommandError` if it can't be made or differs from the job's, `BlobError` or `FileError` if it can't be written.
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
      throw CommandError(
        .badInput, "the job's dataset isn't in the datasets folder and can't be made: \(error)")
    }
    guard SHA256Digest.of(bytes) == digest else {
      throw CommandError(
        .badInput,
        "the study's data files have changed since its jobs were listed: list the jobs again, or restore the files"
      )
    }
    return bytes
  }
}
