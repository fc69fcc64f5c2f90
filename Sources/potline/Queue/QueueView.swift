import Foundation
import QueueProtocol
import TextFormatting

/// A client's snapshot of the queue.
struct QueueView: Sendable, Encodable {
  var takenAt: Double
  var queue: QueueStatus
  var studies: [StudyStatus]
  var workers: [WorkerStatus]
  var ends: [EndedAttempt]

  /// - Parameter study: Only this one and its jobs; `nil` for all.
  init(_ client: QueueClient, study: StudyID?) throws {
    (studies, queue, ends) = try client.statuses(ends: 64)
    workers = try client.workers()
    takenAt = Date().timeIntervalSince1970
    guard let study else { return }
    studies.removeAll { $0.study != study }
    guard !studies.isEmpty else { throw QueueError(.unknownStudy, "there is no study \(study)") }
    workers.removeAll { $0.study != study }
    ends.removeAll { $0.study != study }
  }
}

/// A snapshot as lines of text.
struct WatchView {
  let picture: QueueView
  /// How long ago it was taken, in seconds.
  let age: Double
  /// Why there is no newer one.
  let problem: String?

  /// The rows of each table that fit.
  struct Room {
    var studies = Int.max
    var workers = Int.max
    var ends = 10

    /// Shared out so that all fits into so many lines: a table has a head, a line before it, and one that says how much is
    /// left out.
    init(lines: Int?, _ picture: QueueView) {
      guard let lines else { return }
      let free = max(6, lines - 14)
      ends = min(ends, picture.ends.count, max(2, free / 4))
      let wanted = (picture.studies.count, picture.workers.count)
      let both = free - ends
      studies = min(wanted.0, max(2, both - min(wanted.1, both / 2)))
      workers = min(wanted.1, max(2, both - studies))
    }
  }

  /// All lines, for a terminal of so many lines or as they are.
  func lines(fitting height: Int? = nil) -> [String] {
    let room = Room(lines: height, picture)
    var lines = [head] + QueueText.queue(picture.queue).split(separator: "\n").map(String.init)
    let shown = ordered.prefix(room.studies)
    lines += block(Self.studies(Array(shown)), ordered.count - shown.count, "studies")
    lines += block(
      picture.workers.isEmpty ? "" : QueueText.table(Array(picture.workers.prefix(room.workers))),
      picture.workers.count - min(room.workers, picture.workers.count), "workers")
    lines += block(Self.ends(Array(picture.ends.prefix(room.ends))), 0, "")
    return lines
  }

  /// Those that go on first, then the newest.
  private var ordered: [StudyStatus] {
    let newest = Array(picture.studies.reversed())
    return newest.filter { !$0.hasEnded } + newest.filter(\.hasEnded)
  }

  private var head: String {
    let time = Self.time(picture.takenAt)
    guard let problem else {
      return
        "potline \(picture.queue.version), \(time): \(NumberText.wholeRate(picture.queue.stepsPerSecond)) steps/s"
    }
    return
      "NO ANSWER, trying again; picture of \(time), \(NumberText.duration(age, hasTenths: false)) old: \(problem)"
  }

  private func block(_ table: String, _ leftOut: Int, _ what: String) -> [String] {
    guard !table.isEmpty else { return [] }
    let more = leftOut > 0 ? ["… \(leftOut) more \(what)"] : []
    return [""] + table.split(separator: "\n").map(String.init) + more
  }

  private static func studies(_ studies: [StudyStatus]) -> String {
    guard !studies.isEmpty else { return "" }
    let rows = studies.map { study in
      [
        "\(study.study)", String(study.name.prefix(32)), "\(study.priority)", study.state.rawValue,
        bar(study),
        "\(study.finished)/\(study.total)", "\(study.running)", "\(study.failed)",
        String(format: "%.0f", study.stepsPerSecond),
        study.secondsLeft.map { NumberText.duration($0, hasTenths: false) } ?? "",
      ]
    }
    let head = [
      "id", "name", "priority", "state", "progress", "finished", "running", "failed", "steps/s", "about left",
    ]
    return QueueText.align([head] + rows, left: [0, 1, 3, 4])
  }

  private static func bar(_ study: StudyStatus) -> String {
    let width = 16
    let done = Int(study.fractionDone * Double(width))
    let percent = "\(Int(100 * study.fractionDone)) %"
    return String(repeating: "█", count: done) + String(repeating: "░", count: width - done) + " "
      + String(repeating: " ", count: max(0, 5 - percent.count)) + percent
  }

  private static func ends(_ ends: [EndedAttempt]) -> String {
    guard !ends.isEmpty else { return "" }
    let rows = ends.map { end in
      let attempt = end.attempt
      let seconds = attempt.endedAt.map { String(format: "%.1f s", $0 - attempt.startedAt) } ?? ""
      return [
        attempt.endedAt.map(time) ?? "", end.study.map { "\($0)" } ?? "", "\(end.job)", attempt.end ?? "",
        seconds,
        "\(attempt.worker) on \(attempt.host.prefix(40))", attempt.message.replacing("\n", with: " "),
      ]
    }
    return QueueText.align(
      [["ended", "study", "job", "how", "after", "worker", ""]] + rows, left: [0, 1, 2, 3, 5, 6])
  }

  /// Local time of day.
  private static func time(_ seconds: Double) -> String {
    var seconds = time_t(min(max(0, seconds), 2e11))
    var parts = tm()
    localtime_r(&seconds, &parts)
    return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}
