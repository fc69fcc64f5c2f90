@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A job of the simulation: what it does stands in its payload.
struct SimulatedJob: Hashable {
  enum Kind: UInt8, CaseIterable {
    case ordinary, nonFiniteLoss, invalid, failing, crashing
  }

  var number: UInt8
  var kind: Kind
  var steps: UInt8

  init(number: UInt8, kind: Kind, steps: UInt8) {
    (self.number, self.kind, self.steps) = (number, kind, steps)
  }

  init?(payload: [UInt8]) {
    guard payload.count == 3, let kind = Kind(rawValue: payload[1]) else { return nil }
    self.init(number: payload[0], kind: kind, steps: payload[2])
  }

  var payload: [UInt8] { [number, kind.rawValue, steps] }
  var new: NewJob { NewJob(payload: payload) }

  /// The state after so many steps: a chain, so a step that is left out or done twice shows.
  func state(after step: Int) -> [UInt8] {
    var value = UInt64(number) | 1
    for index in 0..<step { value = (value &+ UInt64(index)) &* 0x9E37_79B9_7F4A_7C15 }
    return advance([UInt8](repeating: 0, count: 0), value)
  }

  private func advance(_ start: [UInt8], _ value: UInt64) -> [UInt8] {
    start + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
