import EnsembleStudies
import ErrorCategories
import Files
import Foundation
import HostResources
import Logging
import QueueProtocol
import QueueServer
import QueueWorker
import ZeroMQ

/// A study on this machine: coordinator and supervisor in this process, workers as its children.
package struct StudyRun {
  package struct Configuration {
    /// The output folder.
    package var folder: String
    /// The program's version, which the coordinator tells its workers and clients.
    package var version: String
    /// Worker processes on this host. Default: as many as processors and memory allow.
    package var processes: Int?
    /// Share of members, 0 to 1, that a second worker trains, too. Default: 0.
    package var audit = 0.0
    /// Where workers on other hosts may join. Default: nowhere.
    package var sharing: CoordinatorSecurity.Configuration?
    /// Default: no status page.
    package var statusPage: QueueStatusPage.Configuration?
    /// The program that workers run. Default: this one.
    package var workerProgram: String?

    package init(folder: String, version: String) { (self.folder, self.version) = (folder, version) }
  }

  private let source: StudySource
  private let configuration: Configuration
  private let events: StudyEvents
  private let log = Logger(label: "run")

  package init(_ source: StudySource, _ configuration: Configuration, events: @escaping StudyEvents) {
    (self.source, self.configuration, self.events) = (source, configuration, events)
  }

  private var folder: String { configuration.folder }

  /// Trains the members that are left and writes the results.
  ///
  /// Throws an error of category stopped if a signal ended it, or another `CategorizedError`; errors of sockets and
  /// processes have no category.
  package func run() throws -> EnsembleStatistics {
    let prepared = try PreparedStudy(source)
    let plan = prepared.plan
    plan.notes.forEach { events(.remark($0)) }
    let processes = try processCount(for: plan)
    try Folder.make(folder + "/journal")
    let journal = try Journal(folder: folder + "/journal")
    try journal.claim(study: plan.identity)
    let blobs = try BlobStore(folder: folder + "/datasets")
    try blobs.add(prepared.dataset)
    try AtomicFile.write(Array(prepared.resolvedYAML.utf8), to: folder + "/study.yaml")
    let outcome: Coordinator.Outcome
    do {
      outcome = try train(plan, processes: processes, journal: journal, blobs: blobs)
    } catch let problem as QueueError {
      // The coordinator in this process refuses only what it can't store.
      throw CommandError(.output, "\(problem)")
    }
    if outcome.wasStopped {
      let progress = outcome.progress
      throw CommandError(
        .stopped,
        "stopped with \(progress.finished) of \(progress.jobs) members finished; run the same command again to resume"
      )
    }
    var members = try JournalMembers(journal, folder: folder + "/journal")
    return try ResultsWriter.writeMembers(of: plan, to: folder, from: &members)
  }

  private func train(
    _ plan: StudyPlan, processes: Int, journal: Journal, blobs: BlobStore
  ) throws -> Coordinator.Outcome {
    var settings = Coordinator.Configuration()
    let page = try configuration.statusPage.map {
      try QueueStatusPage(
        $0, stateFolder: folder + "/journal", published: configuration.sharing?.publishedHost ?? .automatic,
        events)
    }
    defer { page?.stop() }
    if let page { events(.statusPage(url: page.url, tokenFile: page.tokenFile)) }
    settings.snapshots = page?.exchange
    settings.blobs = blobs
    settings.settings.auditFraction = configuration.audit
    settings.version = configuration.version
    settings.jobFormat = TrainingJob.currentFormat
    settings.outcomeLimit = TrainingJobRunner.outcomeLimit
    if let path = configuration.sharing?.connectionFile { try ConnectionFile.checkPlace(path) }
    // A run that was killed leaves a stale connection file.
    removeConnectionFile()
    defer { removeConnectionFile() }
    if var sharing = configuration.sharing {
      try OpenFiles.raiseLimit()
      sharing.statusPage = page?.url
      settings.access = try CoordinatorSecurity(sharing, log: log)
    }
    let coordinator = try Coordinator(settings, journal: journal, log: log)
    let jobs = plan.jobs
    try coordinator.submit(
      jobs.map { NewJob(payload: $0.payload) }, name: source.study.name,
      submission: SubmissionID(plan.identity))
    let open = coordinator.progress.queued
    if open < jobs.count { events(.membersFinishedBefore(jobs.count - open, of: jobs.count)) }
    if let sharing = configuration.sharing {
      events(.listening(address: coordinator.address, connectionFile: sharing.connectionFile ?? ""))
    }
    let supervisor = try supervisor(at: coordinator.address, blobs, count: min(processes, open))
    let signals = try SignalWatcher()
    let total = plan.totalSteps
    let outcome = try coordinator.run(supervisor: supervisor, signals: signals) {
      events(.progress($0, totalSteps: total))
    }
    events(.lastProgress(outcome.progress, totalSteps: total))
    return outcome
  }

  /// The number of worker processes here. Throws ``MemoryShortageError`` if there isn't enough memory for one.
  private func processCount(for plan: StudyPlan) throws -> Int {
    if configuration.processes == 0 { return 0 }
    let resources = HostResources.current
    let members = try plan.jobs.map {
      MemberMemory(of: try TrainingJob(payload: $0.payload), in: plan.signals)
    }
    let largest = members.max { $0.bytes < $1.bytes }
    try largest?.check(against: resources)
    if let processes = configuration.processes { return processes }
    var (count, reason) = (resources.processors, "\(resources.processorLimit)")
    if let largest, let memory = resources.memory, memory / largest.bytes < count {
      (count, reason) = (memory / largest.bytes, "\(resources.memoryLimit)")
    }
    if resources.processorLimit != .host || count < resources.processors {
      events(.processes(count, limit: reason))
    }
    return count
  }

  /// The workers of this host; nil for none.
  private func supervisor(at address: String, _ blobs: BlobStore, count: Int) throws -> Supervisor? {
    guard count > 0 else { return nil }
    let connection =
      configuration.sharing.map { ["--connection", $0.stateFolder + "/connection.json"] }
      ?? ["--coordinator", address]
    let arguments = ["worker", "--datasets", blobs.folder, "--supervised"] + connection
    let command =
      configuration.workerProgram.map { WorkerCommand(executable: $0, arguments: arguments) }
      ?? WorkerCommand(arguments: arguments)
    var configuration = Supervisor.Configuration(command: command, count: count)
    configuration.stopsWithTerminal = true
    return try Supervisor(configuration, log: log)
  }

  private func removeConnectionFile() {
    if let path = configuration.sharing?.connectionFile { unlink(path) }
  }
}
