import ArgumentParser
import Digests
import EnsembleStudies
import Files
import Foundation
import Logging
import QueueProtocol
import QueueServer
import QueueWorker
import Safetensors
import SparseNetworks
import StatusPage
import ZeroMQ

/// A study on this machine: coordinator and supervisor in this process, workers as its children.
struct StudyRun {
  let source: StudySource
  let folder: String
  let processes: Int?
  /// The share of members that are trained twice.
  let audit: Double
  /// Where workers on other hosts may join; nil: nowhere.
  let sharing: CoordinatorSecurity.Configuration?
  let isQuiet: Bool
  let statusPage: StatusPageOptions
  private let log = Logger(label: "run")

  init(
    source: StudySource, folder: String, processes: Int?, audit: Double,
    sharing: CoordinatorSecurity.Configuration?, isQuiet: Bool, statusPage: StatusPageOptions
  ) {
    (self.source, self.folder, self.processes) = (source, folder, processes)
    (self.audit, self.sharing, self.isQuiet, self.statusPage) = (audit, sharing, isQuiet, statusPage)
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
      throw Self.status(of: error).refuse(error)
    }
  }

  private func openJournal(_ plan: StudyPlan) throws -> Journal {
    try Folder.make(folder + "/journal")
    let journal = try Journal(folder: folder + "/journal")
    try journal.claim(study: plan.identity)
    return journal
  }

  private func train(_ plan: StudyPlan, journal: Journal, blobs: BlobStore) throws -> Coordinator.Outcome {
    var configuration = Coordinator.Configuration()
    let page = try statusPage.start(
      stateFolder: folder + "/journal", published: sharing?.publishedHost)
    defer { page?.server.stop() }
    if let page, !isQuiet { Console.note("potline: \(page.text)") }
    configuration.snapshots = page?.server.exchange
    configuration.blobs = blobs
    configuration.settings.auditFraction = audit
    configuration.version = Version.current
    // One that an earlier run left behind when it was killed leads nowhere.
    if let path = sharing?.connectionFile { try ConnectionFile.checkPlace(path) }
    removeConnectionFile()
    defer { removeConnectionFile() }
    if var sharing {
      OpenFiles.raiseLimit()
      sharing.statusPage = page?.url
      configuration.access = try CoordinatorSecurity(sharing, log: log)
    }
    let coordinator = try Coordinator(configuration, journal: journal, log: log)
    let jobs = plan.jobs
    try coordinator.submit(
      jobs.map { NewJob(payload: $0.payload) }, name: source.study.name,
      submission: SubmissionID(plan.identity))
    let open = coordinator.progress.queued
    if !isQuiet, open < jobs.count {
      Console.note("\(jobs.count - open) of \(jobs.count) members are finished already")
    }
    if sharing != nil, !isQuiet {
      Console.note("listening on \(coordinator.address); connection file: \(sharing?.connectionFile ?? "")")
    }
    let supervisor = try supervisor(at: coordinator.address, blobs, open: open)
    let signals = try SignalWatcher()
    let line = isQuiet ? nil : ProgressLine(totalSteps: plan.totalSteps)
    let outcome = try coordinator.run(supervisor: supervisor, signals: signals) {
      line?.show($0)
    }
    line?.finish(outcome.progress)
    return outcome
  }

  /// The workers of this host; nil for none.
  private func supervisor(at address: String, _ blobs: BlobStore, open: Int) throws -> Supervisor? {
    let count = min(processes ?? ProcessInfo.processInfo.activeProcessorCount, open)
    guard count > 0 else { return nil }
    let connection =
      sharing.map { ["--connection", $0.stateFolder + "/connection.json"] } ?? ["--coordinator", address]
    return try Supervisor(
      .init(
        command: QueueWorker.WorkerCommand(
          arguments: ["worker", "--datasets", blobs.folder, "--supervised"] + connection), count: count),
      log: log)
  }

  private func removeConnectionFile() { if let path = sharing?.connectionFile { unlink(path) } }

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

  private static func status(of error: any Error) -> ExitStatus {
    switch error {
    case is JournalError, is QueueProblem, is FileError, is SafetensorsError, is BlobError: .output
    case let error as KeyFileError: error.isAboutWriting ? .output : .badInput
    case is EndpointError: .usage
    case let error as StatusPageError: ExitStatus(error)
    default: .failed
    }
  }
}
