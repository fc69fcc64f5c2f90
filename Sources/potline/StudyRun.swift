import ArgumentParser
import Digests
import EnsembleStudies
import Foundation
import JobQueue
import Logging
import Safetensors
import SparseNetworks

/// A study on this machine: coordinator and supervisor in this process, workers as its children.
struct StudyRun {
  let source: StudySource
  let folder: String
  let processes: Int?
  /// The share of members that are trained twice.
  let audit: Double
  let isQuiet: Bool
  private let log = Logger(label: "run")

  init(source: StudySource, folder: String, processes: Int?, audit: Double, isQuiet: Bool) {
    (self.source, self.folder, self.processes) = (source, folder, processes)
    (self.audit, self.isQuiet) = (audit, isQuiet)
  }

  /// Runs what is left of the study and writes its output; ends the program with a message if it can't.
  func run() throws -> EnsembleStatistics {
    let prepared = try StudyPreparation(source)
    let plan = prepared.plan
    if !isQuiet { plan.notes.forEach { Console.note("potline: \($0)") } }
    do {
      let journal = try openJournal(plan)
      let blobs = try BlobStore(folder: folder + "/datasets")
      try blobs.add(prepared.dataset)
      try AtomicFile.write(Array(source.resolvedYAML.utf8), to: folder + "/study.yaml")
      let outcome = try train(plan, journal: journal, blobs: blobs)
      if outcome.wasStopped {
        let progress = outcome.progress
        Console.note(
          "potline: stopped with \(progress.finished) of \(progress.jobs) members finished; the same command goes on"
        )
        throw ExitCode(ExitStatus.stopped.rawValue)
      }
      return try collect(plan, journal: journal)
    } catch let code as ExitCode {
      throw code
    } catch {
      throw (Self.isAboutOutput(error) ? ExitStatus.output : .failed).refuse(error)
    }
  }

  private func openJournal(_ plan: StudyPlan) throws -> Journal {
    try StudyOutput.makeFolder(folder + "/journal")
    let journal = try Journal(folder: folder + "/journal")
    try journal.claim(study: plan.identity)
    return journal
  }

  private func train(_ plan: StudyPlan, journal: Journal, blobs: BlobStore) throws -> Coordinator.Outcome {
    var configuration = Coordinator.Configuration()
    configuration.blobs = blobs
    configuration.settings.auditFraction = audit
    let coordinator = try Coordinator(configuration, journal: journal, log: log)
    let jobs = plan.jobs
    try coordinator.submit(
      jobs.map { NewJob(payload: $0.payload) }, name: source.study.name,
      submission: SubmissionID(plan.identity))
    let open = coordinator.progress.queued
    if !isQuiet, open < jobs.count {
      Console.note("\(jobs.count - open) of \(jobs.count) members are finished already")
    }
    let supervisor = try Supervisor(
      .init(
        command: JobQueue.WorkerCommand(arguments: [
          "worker", "--coordinator", coordinator.address, "--datasets", blobs.folder, "--supervised",
        ]), count: max(1, min(processes ?? ProcessInfo.processInfo.activeProcessorCount, open))),
      log: log)
    let signals = try SignalWatcher()
    let line = isQuiet ? nil : ProgressLine(totalSteps: plan.totalSteps)
    let outcome = try coordinator.run(supervisor: open == 0 ? nil : supervisor, signals: signals) {
      line?.show($0)
    }
    line?.finish(outcome.progress)
    return outcome
  }

  private func collect(_ plan: StudyPlan, journal: Journal) throws -> EnsembleStatistics {
    var failures: [SHA256Digest: MemberFailure] = [:]
    for job in try journal.failedJobs() {
      let message = job.attempts.last?.end?.message ?? ""
      failures[job.id.digest] = MemberFailure(message: message.isEmpty ? job.reason : message)
    }
    // One result at a time: all together may be larger than the memory.
    return try StudyOutput(plan, folder: folder).write { member in
      if let failure = failures[member.job] { return .failed(failure) }
      return try journal.result(of: JobID(member.job)).map { .finished($0.bytes) }
    }
  }

  private static func isAboutOutput(_ error: any Error) -> Bool {
    error is JournalError || error is QueueProblem || error is StudyOutputError || error is SafetensorsError
      || error is BlobError
  }
}
