import ArgumentParser
import Foundation
import QueueProtocol
import QueueWorker
import Synchronization

/// `potline status --watch`: one thread asks, another shows, so that the terminal answers at once whatever the
/// coordinator does.
struct QueueWatch {
  let study: StudyID?
  let connection: ConnectionOptions

  /// A question that has no answer for so long is taken for lost, in seconds.
  private static let patience = 3.0

  /// Until Ctrl-C, or until nobody reads any more.
  func run() throws {
    try connection.check()
    let signals = try SignalWatcher()
    let view = LatestSnapshot()
    let asking = Thread { ask(view) }
    asking.start()
    let block = LiveBlock()
    var due = Date.distantPast
    var (shown, isFirst) = (-1, true)
    while signals.drain() == 0, Console.hasReader {
      let state = view.get()
      if let fatal = state.fatal { throw fatal }
      // Shows the first snapshot without delay.
      if Date() >= due || (isFirst && state.number != shown), state.number > 0 || state.problem != nil {
        (due, shown, isFirst) = (Date(timeIntervalSinceNow: 1), state.number, state.number == 0)
        try show(state, block)
      }
      usleep(50_000)
    }
    block.end()
    try Console.checkOutput()
  }

  private func ask(_ view: LatestSnapshot) {
    var client: QueueClient?
    while true {
      let next = Date(timeIntervalSinceNow: 1)
      do {
        // A coordinator that was started again may be elsewhere; the connection file knows.
        let known = try client ?? connection.client(timeout: Self.patience)
        client = known
        view.put(try QueueView(known, study: study))
      } catch let problem as QueueError where problem.code == .unknownStudy || problem.code == .notAllowed {
        return view.end(problem)
      } catch {
        client = nil
        view.put(problem: "\(error)")
      }
      Thread.sleep(until: next)
    }
  }

  private func show(_ state: LatestSnapshot.State, _ block: LiveBlock) throws {
    let age = state.picture.map { max(0, Date().timeIntervalSince1970 - $0.takenAt) }
    if connection.json { return try Console.jsonLine(Line(state, age: age)) }
    guard let picture = state.picture, let age else {
      return block.show(["no answer yet, trying again: \(state.problem ?? "")"])
    }
    block.show(WatchView(picture: picture, age: age, problem: state.problem).lines(fitting: block.height))
  }

  private struct Line: Encodable {
    let isAnswered: Bool
    let ageSeconds: Double?
    let problem: String?
    let takenAt: Double?
    let queue: QueueStatus?
    let studies: [StudyStatus]?
    let workers: [WorkerStatus]?
    let ends: [EndedAttempt]?

    init(_ state: LatestSnapshot.State, age: Double?) {
      (isAnswered, ageSeconds, problem) = (state.problem == nil, age, state.problem)
      (takenAt, queue) = (state.picture?.takenAt, state.picture?.queue)
      (studies, workers, ends) = (state.picture?.studies, state.picture?.workers, state.picture?.ends)
    }
  }
}

/// The latest snapshot of the asking thread.
private final class LatestSnapshot: Sendable {
  struct State: Sendable {
    var picture: QueueView?
    /// Counts the pictures.
    var number = 0
    /// Why there is no newer one.
    var problem: String?
    /// It is no use to ask again.
    var fatal: QueueError?
  }

  private let state = Mutex(State())

  func get() -> State { state.withLock { $0 } }
  func put(_ picture: QueueView) {
    state.withLock { ($0.picture, $0.number, $0.problem) = (picture, $0.number + 1, nil) }
  }
  func put(problem: String) { state.withLock { $0.problem = problem } }
  func end(_ problem: QueueError) { state.withLock { $0.fatal = problem } }
}
