@testable import QueueCore
@testable import QueueProtocol

/// A queue in which every text that comes from others is `text`.
func snapshot(text: String, workers: Int = 2) -> QueueSnapshot {
  let job = JobID(ofPayload: [1])
  let worker = WorkerID.random()
  let failed = AttemptStatus(
    attempt: AttemptID(3), worker: worker, host: text, startedAt: 1_000, endedAt: 1_060.5, end: "other",
    message: text)
  var counters = QueueCounters()
  counters.attemptsEnded = [.finished: 4, .other: 3]
  for duration in [Duration.microseconds(300), .milliseconds(7), .seconds(20)] {
    counters.commits.add(duration)
  }
  var study = StudyStatus(
    study: StudyID(1), submission: .random(), name: text, priority: -3, state: .open, submittedAt: 0,
    total: 10,
    received: 10, queued: 4, running: 2, finished: 3, failed: 1, cancelled: 0, steps: 500, stepsPerSecond: 50)
  study.estimatedSteps = 1000
  var curve = LossCurve()
  for step in 1...20 { curve.add(step: step, loss: 1 / Double(step)) }
  return QueueSnapshot(
    takenAt: 1_000_000, startedAt: 999_000, address: text, isLeaving: true,
    queue: QueueStatus(
      version: text, queued: 4, running: 2, finished: 3, failed: 1, workers: workers, stepsPerSecond: 50,
      auditsPassed: 0, auditsDisputed: 1, auditsSkipped: 0, storageProblem: text), cancelled: 0,
    studies: [study], studiesLeftOut: 0,
    workers: (0..<workers).map { number in
      WorkerStatus(
        worker: worker, host: text, pid: 100 + number, cores: 2, instructionSet: text, version: text,
        state: .working, study: StudyID(1), job: job, attempt: AttemptID(7), step: 20, totalSteps: 100,
        stepsPerSecond: 25, loss: 0.05, heardSecondsAgo: 0.3)
    }, losses: [AttemptID(7): curve],
    failures: [
      StudyFailure(
        study: StudyID(1), member: FailedJobStatus(place: 4, job: job, reason: text, attempts: [failed]))
    ], ends: [EndedAttempt(study: StudyID(1), job: job, attempt: failed)], counters: counters)
}
