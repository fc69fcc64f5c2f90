import QueueCore
import QueueProtocol
import QueueServer

/// The queue for Prometheus. The names stand in the documentation.
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
      "potline_status_streams", .gauge, "Readers that follow the status page.", Double(streams))
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
    text.begin("potline_study_state", .gauge, "1 for the state that a study is in.")
    for study in snapshot.studies {
      text.sample("potline_study_state", labels(study, ("state", study.state.rawValue)), 1)
    }
    text.begin("potline_study_priority", .gauge, "A study's priority.")
    for study in snapshot.studies {
      text.sample("potline_study_priority", labels(study), Double(study.priority))
    }
    text.begin("potline_study_progress_ratio", .gauge, "The part of a study that is done, 0 to 1.")
    for study in snapshot.studies {
      text.sample("potline_study_progress_ratio", labels(study), study.fractionDone)
    }
    text.begin("potline_study_steps_per_second", .gauge, "Training steps a second of a study's running jobs.")
    for study in snapshot.studies {
      text.sample("potline_study_steps_per_second", labels(study), study.stepsPerSecond)
    }
  }

  private static func addWorkers(_ snapshot: QueueSnapshot, _ text: inout MetricsText) {
    text.begin("potline_workers", .gauge, "Workers by what they do.")
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
      "potline_steps_total", .counter, "Training steps that were made, also those that were lost.",
      Double(counters.stepsMade))
    text.single(
      "potline_attempts_started_total", .counter, "Attempts that were given to workers.",
      Double(counters.attemptsStarted))
    text.begin("potline_attempts_ended_total", .counter, "Attempts that ended, by how.")
    for kind in AttemptEnd.Kind.allCases {
      text.sample(
        "potline_attempts_ended_total",
        [("end", kind.rawValue), ("counts_as_failure", "\(kind.countsAsFailure)")],
        Double(counters.attemptsEnded[kind] ?? 0))
    }
    text.begin("potline_audits_total", .counter, "Results that a second worker was to confirm, by outcome.")
    for (outcome, count) in [
      ("passed", snapshot.queue.auditsPassed), ("disputed", snapshot.queue.auditsDisputed),
      ("skipped", snapshot.queue.auditsSkipped),
    ] {
      text.sample("potline_audits_total", [("outcome", outcome)], Double(count))
    }
    text.single(
      "potline_messages_dropped_total", .counter,
      "Messages that could not be understood, were not allowed or came too fast.",
      Double(counters.messagesDropped))
    text.single(
      "potline_connections_refused_total", .counter, "Connections without a key that is admitted.",
      Double(counters.connectionsRefused))
    let name = "potline_journal_commit_duration_seconds"
    text.begin(name, .histogram, "How long commits of the journal take.")
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
