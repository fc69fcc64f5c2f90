import Digests
import QueueCore
import QueueProtocol

/// Answers to clients' questions that change nothing in the queue.
extension Coordinator {
  /// The studies and the workers in one page.
  private static let (studyPage, workerPage) = (200, 300)

  func answer(_ message: ClientMessage) -> ClientReply {
    do {
      switch message {
      case .submit, .cancel, .retry:
        return .problem(QueueError(.badRequest, "the queue answers this itself"))
      case .status(let study?, _, let ends):
        guard let status = core.status(of: study) else { return .problem(QueueCore.unknown(study)) }
        return .status([status], next: nil, queueStatus, ends: lastEnds(ends))
      case .status(nil, let from, let ends):
        let page = core.statuses(from: from, count: Self.studyPage)
        let next = from + page.count
        let isLast = page.isEmpty || next >= core.studyCount
        return .status(page, next: isLast ? nil : next, queueStatus, ends: lastEnds(ends))
      case .failures(let study, let from):
        guard let failed = core.failedJobs(of: study) else { return .problem(QueueCore.unknown(study)) }
        if failed == 0 { return .failures([], next: nil) }
        let (jobs, next) = try journal.failures(of: study, from: from)
        return .failures(jobs, next: next)
      case .results(let study, let from, let count):
        guard core.failedJobs(of: study) != nil else { return .problem(QueueCore.unknown(study)) }
        let (jobs, next) = try journal.outcomes(of: study, from: from, count: count)
        return .results(jobs, next: next)
      case .description(let study):
        guard let bytes = try journal.description(of: study) else {
          return .problem(QueueCore.unknown(study))
        }
        return .description(study, bytes: bytes)
      case .workers(let from):
        let page = core.workerStatuses(from: from, count: Self.workerPage)
        let next = from + page.count
        return .workers(page, next: next < core.progress.workers && !page.isEmpty ? next : nil)
      case .lacking(let digests): return try .lacking(requireUploads().lacking(digests))
      case .upload(let digest, let offset, let totalBytes, let bytes):
        return try requireUploads().take(digest, offset, totalBytes, bytes, at: time.now)
      case .download(let digest, let offset):
        let chunk = try configuration.blobs?.read(digest, offset: offset, count: Wire.chunkBytes)
        guard let chunk else {
          throw QueueError(.unknownBlob, "the coordinator has no dataset with the digest \(digest.hex)")
        }
        return .downloaded(
          digest, offset: min(offset, chunk.total), totalBytes: chunk.total, bytes: chunk.bytes)
      }
    } catch let problem as QueueError {
      return .problem(problem)
    } catch {
      log.error("\(error)")
      return .problem(QueueError(.storage, "\(error)"))
    }
  }

  private func lastEnds(_ count: Int) -> [EndedAttempt] {
    count > 0 ? Array(core.endsForSnapshot.prefix(count)) : []
  }

  private func requireUploads() throws(QueueError) -> BlobUploads {
    guard let uploads else { throw QueueError(.badRequest, "this coordinator keeps no datasets") }
    return uploads
  }

  var queueStatus: QueueStatus {
    let progress = progress
    return QueueStatus(
      version: configuration.version, queued: progress.queued, running: progress.running,
      finished: progress.finished, failed: progress.failed, workers: progress.workers,
      stepsPerSecond: progress.stepsPerSecond, auditsPassed: progress.auditsPassed,
      auditsDisputed: progress.auditsDisputed, auditsSkipped: progress.auditsSkipped,
      storageProblem: core.storageProblem)
  }
}
