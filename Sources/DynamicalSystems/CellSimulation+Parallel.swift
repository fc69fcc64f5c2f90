import Dispatch
import Synchronization
import TrajectoryData

extension CellSimulation {
  /// Trajectories 0, 1, ... of each part; the same bits for any number of threads.
  ///
  /// - Parameters:
  ///   - training: the number of training trajectories, at least 1.
  ///   - test: the number of test trajectories.
  ///   - validation: the number of validation trajectories, default 0.
  ///   - threads: how many threads compute, at least 1; nil (default): one a core.
  /// - Throws: ``CellSimulationError``, the first in order if several trajectories fail.
  package func trajectories(
    training: Int, test: Int, validation: Int = 0, threads: Int? = nil
  ) throws -> TrajectorySet {
    guard training >= 1, training <= Int32.max else { throw CellSimulationError.count(training, .training) }
    guard test >= 0, test <= Int32.max else { throw CellSimulationError.count(test, .test) }
    guard validation >= 0, validation <= Int32.max else {
      throw CellSimulationError.count(validation, .validation)
    }
    let places =
      (0..<training).map { (TrajectorySet.Part.training, $0) } + (0..<test).map { (.test, $0) }
      + (0..<validation).map { (.validation, $0) }
    let count = places.count
    let next = Atomic(0)
    let results = Mutex([Result<Trajectory, CellSimulationError>?](repeating: nil, count: count))
    @Sendable func work() {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        let result = Result { () throws(CellSimulationError) in
          try trajectory(places[index].1, of: places[index].0)
        }
        results.withLock { $0[index] = result }
      }
    }
    let iterations = threads.map { max(1, min($0, count)) } ?? count
    DispatchQueue.concurrentPerform(iterations: iterations) { _ in work() }
    let trajectories = try results.withLock { try $0.compactMap { try $0?.get() } }
    return try TrajectorySet(
      training: Array(trajectories[..<training]), test: Array(trajectories[training..<training + test]),
      validation: Array(trajectories[(training + test)...]))
  }
}

/// Why a cell cannot be simulated.
package enum CellSimulationError: Error, Equatable, CustomStringConvertible {
  /// The sampling time is not positive and finite.
  case samplingTime(Double)
  /// Fewer than two rows.
  case rowCount(Int)
  /// A trajectory's number is out of range.
  case index(Int)
  /// A number of trajectories is out of range.
  case count(Int, TrajectorySet.Part)
  /// No attempt gave a finite trajectory.
  case notFinite(Int, TrajectorySet.Part, samplingTime: Double)

  /// The text for people.
  package var description: String {
    switch self {
    case .samplingTime(let h):
      return "the sampling time is \(h) s; it must be positive and finite"
    case .rowCount(let rows):
      return "the trajectories would have \(rows) rows; they need at least 2"
    case .index(let index):
      return "there is no trajectory \(index); they are numbered from 0 to \(Int32.max)"
    case .count(let count, .training):
      return "\(count) training trajectories; there must be 1 to \(Int32.max)"
    case .count(let count, let part):
      return "\(count) \(part.rawValue) trajectories; there must be 0 to \(Int32.max)"
    case .notFinite(let index, let part, let h):
      return
        "\(part.rawValue) trajectory \(index) was not finite in any of \(CellSimulation.attempts) attempts; "
        + "a sampling time of \(h) s is perhaps too long, the cell is usually simulated with 10 s"
    }
  }
}
