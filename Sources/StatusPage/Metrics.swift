import Foundation
import QueueCore
import QueueProtocol
import QueueServer

/// The queue's metrics for Prometheus. The documentation lists their names.
enum Metrics {
  static func text(
    _ snapshot: QueueSnapshot, version: String, streams: Int, phase: SnapshotExchange.Phase
  ) -> String {
    var text = MetricsText()
    text.begin("potline_build_info", .gauge, "The program's version; always 1.")
    text.sample("potline_build_info", [("version", version)], 1)
    text.single(
      "potline_uptime_seconds", .gauge, "Time since the coordinator started.",
      snapshot.takenAt - snapshot.startedAt)
    text.single(
      "potline_ready", .gauge, "Whether the coordinator serves and its journal can be written.",
      phase == .serving ? 1 : 0)
    addJobs(snapshot, &text)
    addStudies(snapshot, &text)
    addWorkers(snapshot, &text)
    addCounters(snapshot, &text)
    text.single(
      "potline_status_streams", .gauge, "Readers with an open stream of the status page.", Double(streams))
    ProcessMetrics.add(to: &text, startedAt: snapshot.startedAt)
    return text.text
  }

  private static func addJobs(_ snapshot: QueueSnapshot, _ text: inout MetricsText) {
    let queue = snapshot.queue
    text.begin("potline_jobs", .gauge, "Jobs of all studies by state; a job of several studies counts once.")
    for (state, count) in [
      ("queued", queue.queued), ("running", queue.running), ("finished", queue.finished),
      ("failed", queue.failed), ("cancelled", snapshot.cancelled),
    ] {
      text.sample("potline_jobs", [("state", state)], Double(count))
    }
    text.single(
      "potline_steps_per_second", .gauge, "Training steps a second over the last seconds.",
      queue.stepsPerSecond)
  }

  private static func addStudies(_ snapshot: QueueSnapshot, _ text: inout MetricsText) {
    func labels(_ study: StudyStatus, _ more: (String, String)...) -> [(String, String)] {
      [("study", "\(study.study)"), ("name", study.name)] + more
    }
    text.begin("potline_study_jobs", .gauge, "Jobs of a study by state.")
    for study in snapshot.studies {
      let queued = study.queued + study.total - study.received
      for (state, count) in [
        ("queued", queued), ("running", study.running), ("finished", study.finished),
        ("failed", study.failed), ("cancelled", study.cancelled),
      ] {
        text.sample("potline_study_jobs", labels(study, ("state", state)), Double(count))
      }
    }
    text.begin("potline_study_state", .gauge, "1 for the study's state.")
    for study in snapshot.studies {
      text.sample("potline_study_state", labels(study, ("state", study.state.rawValue)), 1)
    }
    text.begin("potline_study_priority", .gauge, "A study's priority.")
    for study in snapshot.studies {
      text.sample("potline_study_priority", labels(study), Double(study.priority))
    }
    text.begin("potline_study_progress_ratio", .gauge, "Fraction of a study's work that is done, 0 to 1.")
    for study in snapshot.studies {
      text.sample("potline_study_progress_ratio", labels(study), study.fractionDone)
    }
    text.begin("potline_study_steps_per_second", .gauge, "Training steps a second of a study's running jobs.")
    for study in snapshot.studies {
      text.sample("potline_study_steps_per_second", labels(study), study.stepsPerSecond)
    }
  }

  private static func addWorkers(_ snapshot: QueueSnapshot, _ text: inout MetricsText) {
    text.begin("potline_workers", .gauge, "Workers by state.")
    for state in [WorkerStatus.State.idle, .working, .stopping, .leaving, .distrusted] {
      let count = snapshot.workers.count { $0.state == state }
      text.sample("potline_workers", [("state", state.rawValue)], Double(count))
    }
    text.begin("potline_host_workers", .gauge, "Workers by host and instruction set.")
    let kinds = Dictionary(grouping: snapshot.workers) { [$0.host, $0.instructionSet] }
    for (kind, workers) in kinds.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      text.sample(
        "potline_host_workers", [("host", kind[0]), ("instruction_set", kind[1])], Double(workers.count))
    }
  }

  private static func addCounters(_ snapshot: QueueSnapshot, _ text: inout MetricsText) {
    let counters = snapshot.counters
    text.single(
      "potline_steps_total", .counter, "Training steps made, including steps lost with their attempt.",
      Double(counters.stepsMade))
    text.single(
      "potline_attempts_started_total", .counter, "Attempts given to workers.",
      Double(counters.attemptsStarted))
    text.begin("potline_attempts_ended_total", .counter, "Ended attempts by kind of end.")
    for kind in AttemptEnd.Kind.allCases {
      text.sample(
        "potline_attempts_ended_total",
        [("end", kind.rawValue), ("counts_as_failure", "\(kind.countsAsFailure)")],
        Double(counters.attemptsEnded[kind] ?? 0))
    }
    text.begin("potline_audits_total", .counter, "Audits of results by a second worker, by outcome.")
    for (outcome, count) in [
      ("passed", snapshot.queue.auditsPassed), ("disputed", snapshot.queue.auditsDisputed),
      ("skipped", snapshot.queue.auditsSkipped),
    ] {
      text.sample("potline_audits_total", [("outcome", outcome)], Double(count))
    }
    text.single(
      "potline_messages_dropped_total", .counter,
      "Messages dropped as malformed, not allowed or too frequent.",
      Double(counters.messagesDropped))
    text.single(
      "potline_connections_refused_total", .counter, "Connections refused for lack of an admitted key.",
      Double(counters.connectionsRefused))
    let name = "potline_journal_commit_duration_seconds"
    text.begin(name, .histogram, "Duration of the journal's commits.")
    var sum = 0
    for (bound, count) in zip(DurationHistogram.bounds, counters.commits.counts) {
      sum += count
      text.sample("\(name)_bucket", [("le", "\(bound)")], Double(sum))
    }
    text.sample("\(name)_bucket", [("le", "+Inf")], Double(counters.commits.count))
    text.sample("\(name)_sum", [], counters.commits.sum)
    text.sample("\(name)_count", [], Double(counters.commits.count))
  }
}

/// Writes Prometheus' text format, version 0.0.4.
struct MetricsText {
  enum Kind: String {
    case counter, gauge, histogram
  }

  private(set) var text = ""

  /// The lines before the samples of one metric.
  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
    let list = labels.map { "\($0)=\"\(Self.escape($1))\"" }.joined(separator: ",")
    text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(Self.number(value))\n"
  }

  /// A metric with one sample.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    begin(name, kind, help)
    sample(name, [], value)
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      // Some readers take these for ends of lines.
      case "\r", "\u{B}", "\u{C}", "\u{1C}"..."\u{1E}", "\u{85}", "\u{2028}", "\u{2029}": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// Processor time, memory and files of this process, under the names of Prometheus' client libraries.
enum ProcessMetrics {
  static func add(to text: inout MetricsText, startedAt: Double) {
    text.single(
      "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.", startedAt)
    var usage = rusage()
    if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
      let seconds =
        Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
      text.single("process_cpu_seconds_total", .counter, "Processor time of the process.", seconds)
    }
    if let pages = residentPages {
      text.single(
        "process_resident_memory_bytes", .gauge, "Memory of the process.",
        Double(pages * sysconf(Int32(_SC_PAGESIZE))))
    }
    if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      text.single("process_open_fds", .gauge, "Open file descriptors.", Double(files.count))
    }
  }

  private static var residentPages: Int? {
    guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = statm.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]) : nil
  }
}
