import QueueCore
import QueueProtocol
import QueueServer
import Synchronization

/// The newest snapshot, and those who wait for a newer one. A snapshot is only taken while somebody waits.
final class SnapshotFeed: Sendable {
  /// Snapshots are numbered from 1.
  struct Taken: Sendable {
    let number: Int
    let snapshot: QueueSnapshot
    let at: ContinuousClock.Instant
  }

  private struct State {
    var latest: Taken?
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter = 0
  }

  private final class Store: Sendable {
    let state = Mutex(State())

    func put(_ snapshot: QueueSnapshot) {
      let waiters = state.withLock { state in
        state.latest = Taken(number: (state.latest?.number ?? 0) + 1, snapshot: snapshot, at: .now)
        defer { state.waiters = [:] }
        return state.waiters.values
      }
      for waiter in waiters { waiter.resume() }
    }

    /// Until there is a snapshot after the one of this number, or cancellation.
    func wait(after number: Int) async {
      let id = state.withLock { state in
        state.nextWaiter += 1
        return state.nextWaiter
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isThere = state.withLock { state in
            state.waiters[id] = continuation
            return (state.latest?.number ?? 0) > number
          }
          if isThere || Task.isCancelled { resume(id) }
        }
      } onCancel: {
        resume(id)
      }
    }

    private func resume(_ id: Int) { state.withLock { $0.waiters.removeValue(forKey: id) }?.resume() }
  }

  /// For the coordinator.
  let exchange: SnapshotExchange
  private let store: Store

  init() {
    let store = Store()
    self.store = store
    exchange = SnapshotExchange { store.put($0) }
  }

  /// The newest snapshot if it is younger than half a second, else the next one. If that does not come within `patience`,
  /// whatever there is.
  func fresh(patience: Duration = .seconds(2)) async -> Taken? {
    let latest = store.state.withLock { $0.latest }
    if let latest, .now - latest.at < .milliseconds(500) { return latest }
    return await next(after: latest?.number ?? 0, patience: patience) ?? latest
  }

  /// A snapshot after the one of this number; `nil` if none comes within `patience`, or when the task is cancelled.
  func next(after number: Int, patience: Duration) async -> Taken? {
    let deadline = ContinuousClock.now + patience
    while !Task.isCancelled {
      if let latest = store.state.withLock({ $0.latest }), latest.number > number { return latest }
      let left = deadline - .now
      guard left > .zero else { return nil }
      exchange.request()
      _ = try? await within(left) { [store] in await store.wait(after: number) }
    }
    return nil
  }
}

/// Runs `body`, and cancels it when it takes too long. Returns when it has ended.
///
/// - Returns: `nil` if it was too slow.
/// - Throws: What `body` throws.
func within<Value: Sendable>(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
  try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try? await Task.sleep(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    return try await group.next() ?? nil
  }
}
