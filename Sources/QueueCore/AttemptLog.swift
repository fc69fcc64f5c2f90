import QueueProtocol

/// The last attempts that ended and the last jobs that were set aside, for people who watch; the journal has all.
struct AttemptLog: Sendable {
  struct End: Sendable {
    let record: AttemptRecord
    let jobIndex: Int
  }

  struct SetAside: Sendable {
    let jobIndex: Int
    let reason: String
  }

  static let (endsKept, setAsideKept) = (64, 50)

  /// Attempts that were given to workers since the coordinator started.
  var started = 0
  /// Attempts that ended since the coordinator started.
  private(set) var counts: [AttemptEnd.Kind: Int] = [:]
  /// Newest last; jobs that were tried again may be among them.
  private(set) var setAside: [SetAside] = []
  // A ring: the oldest is at `next` once it is full.
  private var ring: [End] = []
  private var next = 0

  /// Oldest first.
  var ends: [End] { Array(ring[next...] + ring[..<next]) }

  mutating func add(_ record: AttemptRecord, jobIndex: Int) {
    if let kind = record.end?.kind { counts[kind, default: 0] += 1 }
    let end = End(record: record, jobIndex: jobIndex)
    guard ring.count == Self.endsKept else { return ring.append(end) }
    ring[next] = end
    next = (next + 1) % Self.endsKept
  }

  mutating func addSetAside(_ jobIndex: Int, _ reason: String) {
    setAside.removeAll { $0.jobIndex == jobIndex }
    setAside.append(SetAside(jobIndex: jobIndex, reason: reason))
    if setAside.count > Self.setAsideKept { setAside.removeFirst() }
  }
}
