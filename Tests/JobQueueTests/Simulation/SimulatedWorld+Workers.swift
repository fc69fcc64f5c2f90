import FuzzSupport

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// The worker processes and their host.
extension SimulatedWorld {
  mutating func startWorker(lies: Bool) {
    let id = WorkerID(using: &random)
    let peer = newPeer(of: id)
    workers[id] = SimulatedWorker(id: id, peer: peer, lies: lies, at: now)
    workerOrder.append(id)
    plan(.workerTick(id), after: .milliseconds(Int.random(in: 0...500, using: &random)))
    plan(.workerStep(id), after: .milliseconds(Int.random(in: 0...400, using: &random)))
  }

  mutating func tell(_ id: WorkerID, _ event: WorkerCore.Event) {
    for effect in workers[id]?.core.handle(event, at: now) ?? [] {
      switch effect {
      case .send(let message):
        if let peer = workers[id]?.peer { deliver(.toCoordinator(peer, .worker(message))) }
      case .start(let reference, let payload, let checkpoint):
        let hangs = areFaultsOn && random.chance(setup.faults.hanging)
        workers[id]?.start(reference, payload, checkpoint, hangs: hangs)
      case .interrupt: workers[id]?.running?.isInterrupted = true
      case .reconnect: connectAnew(id)
      case .note: break
      case .exit(let code): end(id, .exited(code.rawValue))
      }
    }
  }

  /// The process ends; its supervisor says so and starts another one.
  mutating func end(_ id: WorkerID, _ status: ProcessStatus) {
    guard workers.removeValue(forKey: id) != nil else { return }
    tell("worker \(id) ends: \(status)")
    workerOrder.removeAll { $0 == id }
    if setup.isSupervised { plan(.processEnded(id, status), after: .milliseconds(100)) }
    plan(.workerStarts, after: .seconds(1))
  }

  mutating func connectAnew(_ id: WorkerID) {
    let peer = newPeer(of: id)
    workers[id]?.peer = peer
  }

  func isPartitioned(_ id: WorkerID) -> Bool {
    workers[id].map { now < $0.partitionedUntil } ?? false
  }

  private mutating func newPeer(of id: WorkerID) -> PeerID {
    if let old = workers[id]?.peer { workerOfPeer[old] = nil }
    let peer = PeerID((0..<5).map { _ in UInt8.random(in: 0...255, using: &random) })
    workerOfPeer[peer] = id
    return peer
  }
}
