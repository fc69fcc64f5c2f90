import Dispatch
import Synchronization

/// Hands values from one thread to another, which waits for them.
final class BlockingQueue<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])
  private let available = DispatchSemaphore(value: 0)

  func push(_ element: Element) {
    elements.withLock { $0.append(element) }
    available.signal()
  }

  /// Waits up to `timeout` (`nil`: for ever) for a value.
  func pop(timeout: Duration? = nil) -> Element? {
    let deadline = timeout.map { DispatchTime.now() + .nanoseconds(Int($0.nanoseconds)) }
    guard available.wait(timeout: deadline ?? .distantFuture) == .success else { return nil }
    return elements.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
