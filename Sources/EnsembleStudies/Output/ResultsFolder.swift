import Digests
import Files
import TrajectoryData

/// The results of a study in its folder: members/*.safetensors, members.csv, statistics.json.
///
/// Every file is replaced at once or not at all, and is the same for the same members.
package struct ResultsFolder {
  /// How the job of a member ended.
  package enum MemberResult: Sendable {
    /// The bytes of a member's file.
    case finished([UInt8])
    /// There is no network.
    case failed(MemberFailure)
  }

  /// The study's members.
  package let plan: StudyPlan
  /// The folder.
  package let folder: String

  /// The output of a plan in a folder.
  package init(_ plan: StudyPlan, folder: String) {
    (self.plan, self.folder) = (plan, folder)
  }

  /// Writes all files and returns the statistics. `end` tells how a member's job ended, nil for one that is not over;
  /// `location` gives the place of a job's result for errors about it.
  ///
  /// Throws `FileError` if a file can't be written; `SafetensorsError` or another error that names the member if one is damaged.
  package func write(
    naming location: ((SHA256Digest) -> String)? = nil, _ end: (StudyPlan.Member) throws -> MemberResult?
  ) throws -> EnsembleStatistics {
    try Folder.make(folder + "/members")
    var records: [MemberRecord] = []
    for member in plan.members {
      let path = memberPath(member)
      switch try end(member) {
      case .finished(let bytes):
        let source = location.map { "\(member.name) (\($0(member.job)))" } ?? member.name
        records.append(MemberRecord(member, file: try MemberFile(decoding: bytes, source: source)))
        try AtomicFile.write(bytes, to: path)
      case .failed(let failure):
        records.append(
          MemberRecord(
            variant: member.variant, member: member.index, seed: member.seed, outcome: .failed(failure)))
      case nil: break
      }
    }
    let statistics = try statistics(records)
    try AtomicFile.write(Array(try statistics.json()), to: folder + "/statistics.json")
    let csv = MembersCSV.text(records: records, variants: variantNames, windows: plan.windows)
    try AtomicFile.write(Array(csv.utf8), to: folder + "/members.csv")
    return statistics
  }

  /// Path of a member's file.
  package func memberPath(_ member: StudyPlan.Member) -> String {
    "\(folder)/members/\(member.name).safetensors"
  }

  private var variantNames: [String] { plan.study.variants.map(\.name) }

  private func statistics(_ records: [MemberRecord]) throws -> EnsembleStatistics {
    let states = plan.signals.stateNames
    var statistics = try EnsembleStatistics(
      study: plan.study.name, variants: variantNames, outputs: states.map { "d\($0)" },
      inputs: states + plan.signals.inputNames, windows: plan.windows, records: records)
    statistics.penaltyPaths = PathStatistics.paths(of: plan.study, windows: plan.windows, records: records)
    return statistics
  }
}
