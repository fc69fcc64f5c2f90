import QueueServer
import StudyReports

/// When workers were at work, from a study's journal.
enum WorkerTimeline {
  /// The attempts; empty if there is no journal or it can't be read: the report goes without.
  static func spans(folder: String) -> [WorkerSpan] {
    let attempts = (try? JournalTimeline.attempts(folder: folder + "/journal")) ?? []
    // Workers in the order in which they came, by host: "host 1".
    var numbers: [String: Int] = [:]
    return attempts.map { attempt in
      let key = "\(attempt.host)/\(attempt.worker)"
      let number = numbers[key] ?? numbers.count + 1
      numbers[key] = number
      return WorkerSpan(
        worker: "\(attempt.host) \(number)", start: attempt.start, end: attempt.end,
        isFinished: attempt.isFinished)
    }
  }
}
