import Foundation
import FuzzSupport

/// What is done to a process.
enum Fault: String, CaseIterable {
  case killWorker = "kill -9 of a worker"
  case pauseWorker = "SIGSTOP of a worker for less than the lease"
  case freezeWorker = "SIGSTOP of a worker for longer than the lease"
  case endWorker = "SIGTERM of a worker"
  case killSupervisor = "kill -9 of a supervisor"
  case pauseSupervisor = "SIGSTOP of a supervisor"
  case endSupervisor = "SIGTERM of a supervisor"
  case killCoordinator = "kill -9 of the coordinator"
  case pauseCoordinator = "SIGSTOP of the coordinator"
  case freezeCoordinator = "SIGSTOP of the coordinator for longer than the lease"
  case endCoordinator = "SIGTERM of the coordinator"

  /// How often it comes, against the others.
  var weight: Int {
    switch self {
    case .killWorker: 30
    case .pauseWorker: 8
    case .freezeWorker: 10
    case .endWorker: 8
    case .killSupervisor: 9
    case .pauseSupervisor: 5
    case .endSupervisor: 6
    case .killCoordinator: 12
    case .pauseCoordinator: 5
    case .freezeCoordinator: 2
    case .endCoordinator: 5
    }
  }
}

/// When which fault comes and whom it meets: a Poisson process under a seed.
struct FaultClock {
  /// One fault.
  struct Next {
    let fault: Fault
    /// Seconds since the fault before.
    let pause: Double
    /// Picks one of several processes.
    let target: Int
    /// Seconds until SIGCONT.
    let duration: Double
    /// Seconds until a process that ended is started again.
    let restart: Double
  }

  private var generator: SplitMix64
  private let mean: Double

  /// - Parameter mean: Seconds between two faults.
  init(seed: UInt64, mean: Double) { (generator, self.mean) = (SplitMix64(seed: seed), mean) }

  mutating func next() -> Next {
    let fault = kind()
    let long = fault == .freezeWorker || fault == .freezeCoordinator
    // An exponential distribution has no memory: the clock of a Poisson process.
    let pause = -mean * log(1 - uniform())
    return Next(
      fault: fault, pause: pause, target: Int(generator.next() >> 33),
      duration: long ? 10.5 + 5 * uniform() : 0.2 + 4 * uniform(), restart: 0.05 + uniform())
  }

  private mutating func kind() -> Fault {
    var number = Int(generator.next() >> 33) % Fault.allCases.reduce(0) { $0 + $1.weight }
    for fault in Fault.allCases {
      number -= fault.weight
      if number < 0 { return fault }
    }
    return .killWorker
  }

  /// From 0 to 1, without 1.
  private mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
}
