import QueueCore
import QueueProtocol

/// The queue as JSON, in the structures that the program's own commands print with `--json`.
enum API {
  static func response(_ path: String, _ snapshot: QueueSnapshot) -> Response {
    switch path {
    case "/api", "/api/": .json(Whole(snapshot))
    case "/api/studies": .json(StudiesDocument(queue: snapshot.queue, studies: snapshot.studies))
    case "/api/workers": .json(snapshot.workers)
    case "/api/failures": .json(snapshot.failures)
    case "/api/attempts": .json(snapshot.ends)
    default: study(path, snapshot)
    }
  }

  private static func study(_ path: String, _ snapshot: QueueSnapshot) -> Response {
    let prefix = "/api/studies/"
    guard path.hasPrefix(prefix), let id = StudyID(String(path.dropFirst(prefix.count))) else {
      return .text(
        404, "See /api, /api/studies, /api/studies/ID, /api/workers, /api/failures and /api/attempts.")
    }
    guard let study = snapshot.studies.first(where: { $0.study == id }) else {
      return .text(404, "There is no study \(id), or it ended long ago.")
    }
    let failures = snapshot.failures.filter { $0.study == id }.map(\.member).sorted { $0.place < $1.place }
    return .json(StudyDocument(queue: snapshot.queue, study: study, failures: failures))
  }

  private struct Whole: Encodable {
    let address: String
    let startedAt: Double
    let takenAt: Double
    let isLeaving: Bool
    let queue: QueueStatus
    let studies: [StudyStatus]
    let studiesLeftOut: Int
    let workers: [WorkerStatus]
    let failures: [StudyFailure]
    let attempts: [EndedAttempt]

    init(_ snapshot: QueueSnapshot) {
      (address, isLeaving, queue) = (snapshot.address, snapshot.isLeaving, snapshot.queue)
      (startedAt, takenAt) = (snapshot.startedAt, snapshot.takenAt)
      (studies, studiesLeftOut, workers) = (snapshot.studies, snapshot.studiesLeftOut, snapshot.workers)
      (failures, attempts) = (snapshot.failures, snapshot.ends)
    }
  }
}
