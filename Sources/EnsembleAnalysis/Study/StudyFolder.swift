import EnsembleStudies
import ErrorCategories
import Files
import Foundation
import StudyFiles
import TrajectoryData

/// The folder that a run of a study left behind: study.yaml, members/*.safetensors, datasets/, statistics.json; and peers.json.
package struct StudyFolder: Sendable {
  /// The folder's path.
  package let path: String
  /// The study.
  package let study: Study
  /// The variant with the fewest blow-ups over the longest window, then the least median error; nil if no member has a
  /// network.
  package let bestVariant: String?
  /// The penalty paths and what was chosen on them by the validation trajectories.
  package let penaltyPaths: [PathStatistics]
  /// Models of other programs from `peers.json`; none without that file.
  package let peers: [PeerModel]
  /// Why members have no network, by variant and index.
  private let failures: [String: [Int: MemberFailure]]

  /// Opens a folder. Throws ``StudyFolderError`` if it isn't one, `StudyFileError` or `DamagedFileError` if study.yaml or
  /// statistics.json is damaged.
  package init(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw StudyFolderError(path: path, problem: "there is no such folder")
    }
    guard access(path + "/study.yaml", F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR) else {
      throw StudyFolderError(
        path: path, problem: "has no study.yaml; give the folder that `potline run STUDY -o FOLDER` wrote")
    }
    self.path = path
    peers = try PeerModel.read(folder: path)
    study = try StudyFile.read(path: path + "/study.yaml")
    let statisticsPath = path + "/statistics.json"
    guard let bytes = try Self.contents(statisticsPath) else {
      throw StudyFolderError(path: path, problem: "has no statistics.json: the run isn't finished")
    }
    let statistics = try EnsembleStatistics(json: Data(bytes), source: statisticsPath)
    penaltyPaths = statistics.penaltyPaths ?? []
    bestVariant =
      statistics.variants.filter { $0.finished > 0 }
      .compactMap { variant -> (name: String, score: (Double, Double))? in
        guard
          let longest = variant.windows.max(by: {
            $0.window.to - $0.window.from < $1.window.to - $1.window.from
          })
        else { return nil }
        return (variant.variant, (longest.blowUps.value ?? 1, longest.meanAbsolute.q50 ?? .infinity))
      }.min { $0.score < $1.score }?.name
    failures = Dictionary(
      uniqueKeysWithValues: statistics.variants.map { variant in
        (
          variant.variant,
          Dictionary(
            variant.failures.map { ($0.member, $0.failure) }, uniquingKeysWith: { first, _ in first })
        )
      })
  }

  /// The file of a member: "members/sparse-03.safetensors".
  package func memberPath(_ variant: Variant, _ index: Int) -> String {
    let digits = String(index)
    let width = String(variant.members - 1).count
    return
      "\(path)/members/\(variant.name)-\(String(repeating: "0", count: width - digits.count))\(digits).safetensors"
  }

  /// A member; nil if it failed. Throws if its file is damaged, or missing without a reason.
  package func member(_ variant: Variant, _ index: Int) throws -> MemberFile? {
    if failures[variant.name]?[index] != nil { return nil }
    let path = memberPath(variant, index)
    guard let bytes = try Self.contents(path) else {
      throw StudyFolderError(
        path: path, problem: "is missing; `potline run` with the same study and folder writes it again")
    }
    return try MemberFile(decoding: bytes, source: path)
  }

  /// nil if there is no such file. Throws `FileError` if it can't be read.
  private static func contents(_ path: String) throws(FileError) -> [UInt8]? {
    do {
      return try FileContent.all(of: path)
    } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// Why a member has no network; nil if it has one.
  package func failure(_ variant: Variant, _ index: Int) -> MemberFailure? { failures[variant.name]?[index] }

  /// The first member that has a network; nil if there is none at all.
  package func anyMember() throws -> MemberFile? {
    for variant in study.variants {
      for index in 0..<variant.members {
        if let member = try member(variant, index) { return member }
      }
    }
    return nil
  }

  /// Whether the folder has the dataset that a member was trained on.
  func hasDataset(of member: MemberFile) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/datasets/\(member.job.dataset)")
  }

  /// The dataset that a member was trained on.
  package func dataset(of member: MemberFile) throws -> DatasetFile {
    try DatasetFile("\(path)/datasets/\(member.job.dataset)")
  }
}

/// A folder that is no finished study.
package struct StudyFolderError: CategorizedError, Equatable {
  /// The folder or file.
  package let path: String
  /// What is wrong, as a clause.
  package let problem: String
  package var category: ErrorCategory { .badInput }
  package var description: String { "\(path): \(problem)" }
}
