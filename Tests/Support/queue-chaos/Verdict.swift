import Foundation
import QueueProtocol
import QueueServer

/// What is looked at when all is over.
struct Verdict {
  let world: ChaosWorld
  let studies: [ChaosRun.Study]

  func complaints() throws -> [String] {
    guard !studies.isEmpty else { return ["no study was trained"] }
    return try journalComplaints() + studies.flatMap(comparison)
  }

  /// Each job has one result, by one attempt, and none began after it.
  private func journalComplaints() throws -> [String] {
    let journal = try Journal(folder: world.folder + "/state")
    var complaints: [String] = []
    var ends: [String: Int] = [:]
    var jobs: [JobID] = []
    try journal.forEachFinishedJob { jobs.append($0.id) }
    for job in jobs {
      let attempts = try journal.attempts(of: job)
      for attempt in attempts { ends[attempt.end?.kind.rawValue ?? "open", default: 0] += 1 }
      let winners = attempts.filter { $0.end?.kind == .finished }
      if winners.count != 1 { complaints.append("job \(job) was finished \(winners.count) times") }
      guard let end = winners.compactMap(\.ended).min() else { continue }
      for late in attempts where late.started > end {
        complaints.append("job \(job) was finished and then trained again: \(late)")
      }
    }
    if jobs.count != studies.count * StudyMaker.members {
      complaints.append("\(jobs.count) jobs are finished instead of \(studies.count * StudyMaker.members)")
    }
    for failed in try journal.failedJobs() {
      complaints.append("job \(failed.id) was set aside: \(failed.reason)")
    }
    let list = ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    say("\(jobs.count) jobs; how their attempts ended: \(list)")
    return complaints
  }

  /// The study's files against those of a run that nobody disturbed.
  private func comparison(of study: ChaosRun.Study) throws -> [String] {
    let calm = "calm-\(study.number)"
    try world.run(["run", study.file, "-o", calm, "--quiet"], name: calm)
    let (one, other) = (try results(study.output), try results(calm))
    guard one.keys == other.keys else { return ["study \(study.number): the files are others"] }
    return other.keys.sorted().filter { one[$0] != other[$0] }.map {
      "study \(study.number): \($0) is not that of an undisturbed run"
    }
  }

  private func results(_ output: String) throws -> [String: Data] {
    let folder = "\(world.folder)/\(output)"
    let members = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/members")
    var results: [String: Data] = [:]
    for name in members.map({ "members/\($0)" }) + ["statistics.json", "members.csv"] {
      results[name] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    return results
  }
}
