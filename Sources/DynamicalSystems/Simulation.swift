import Dispatch
import ErrorCategories
import HostResources
import ReproducibleMath
import Synchronization
import TrajectoryData

/// Simulated trajectories of a system with random excitation, reproducible from one seed.
///
/// Trajectory k of a part depends on the system, the seed, the part and k only: its random numbers are the streams with index
/// k (training) or 2^31 + k (test) of the purposes `initialState`, `measurementNoise` and those of the excitation, so
/// that training and test trajectories never share a random number; validation trajectories are as training
/// trajectories of another seed, the first number of the purpose `validation`. A trajectory with a value that is not
/// finite is drawn again: attempt a (0, 1, ...) starts every stream at word a * 2^40.
///
/// In sample i, the system's ``InputGenerator`` computes u_i from x_i; then x_{i+1} is the system's next state under the
/// input that acts after its dead time.
/// Measurement noise is added to what is written, not to what the system and its controllers see.
package struct Simulation: Sendable {
  /// The system that is simulated.
  package let system: any SimulatedSystem
  /// The seed of all random numbers.
  package let seed: UInt64
  /// The sampling time h (s).
  package let samplingTime: Double
  /// The rows of each trajectory.
  package let rowCount: Int
  /// The standard deviation of the noise on each written state, in its unit.
  package let measurementNoise: [Double]

  /// How often a trajectory is drawn before the simulation gives up.
  package static var attempts: Int { 100 }

  /// A simulation.
  ///
  /// - Parameters:
  ///   - system: the system, by default ``SimulatedSystems/standard``.
  ///   - seed: the seed of all random numbers.
  ///   - samplingTime: h (s), positive and finite; by default the system's.
  ///   - rowCount: rows of each trajectory, at least 2.
  ///   - measurementNoise: standard deviations (>= 0, finite), one for each state; by default the system's.
  package init(
    of system: any SimulatedSystem = SimulatedSystems.standard, seed: UInt64, samplingTime: Double? = nil,
    rowCount: Int = 5000, measurementNoise: [Double]? = nil
  ) throws(SimulationError) {
    let h = samplingTime ?? system.samplingTime
    let noise = measurementNoise ?? system.measurementNoise
    guard h > 0, h.isFinite else { throw .samplingTime(h) }
    guard rowCount >= 2 else { throw .rowCount(rowCount) }
    guard noise.count == system.states.count else {
      throw .noiseCount(noise.count, system: system.name, states: system.states.count)
    }
    if let bad = noise.first(where: { !($0 >= 0 && $0.isFinite) }) { throw .noise(bad) }
    self.system = system
    self.seed = seed
    self.samplingTime = h
    self.rowCount = rowCount
    self.measurementNoise = noise
  }

  /// Trajectory k >= 0 of a part: rowCount steps of the system.
  ///
  /// Throws ``SimulationError`` if no attempt gives a finite trajectory.
  package func trajectory(_ index: Int, of part: TrajectorySet.Part) throws(SimulationError) -> Trajectory {
    guard let number = Int32(exactly: index), number >= 0 else { throw .index(index) }
    let streamIndex = UInt32(number) | (part == .test ? 0x8000_0000 : 0)
    for attempt in 0..<Self.attempts {
      if let trajectory = draw(system, streamIndex, of: part, attempt: UInt64(attempt)) { return trajectory }
    }
    throw .notFinite(
      index, part, samplingTime: samplingTime, system: system.name, usual: system.samplingTime)
  }

  /// Trajectories 0, 1, ... of each part; the same bits for any number of threads.
  ///
  /// - Parameters:
  ///   - training: the number of training trajectories, at least 1.
  ///   - test: the number of test trajectories.
  ///   - validation: the number of validation trajectories, default 0.
  ///   - threads: how many threads compute, at least 1; nil (default): one for each processor that this process may use.
  /// - Throws: ``SimulationError``, the first in order if several trajectories fail.
  package func trajectories(
    training: Int, test: Int, validation: Int = 0, threads: Int? = nil
  ) throws -> TrajectorySet {
    guard training >= 1, training <= Int32.max else { throw SimulationError.count(training, .training) }
    guard test >= 0, test <= Int32.max else { throw SimulationError.count(test, .test) }
    guard validation >= 0, validation <= Int32.max else {
      throw SimulationError.count(validation, .validation)
    }
    let places =
      (0..<training).map { (TrajectorySet.Part.training, $0) } + (0..<test).map { (.test, $0) }
      + (0..<validation).map { (.validation, $0) }
    let count = places.count
    let next = Atomic(0)
    let results = Mutex([Result<Trajectory, SimulationError>?](repeating: nil, count: count))
    @Sendable func work() {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        let result = Result { () throws(SimulationError) in
          try trajectory(places[index].1, of: places[index].0)
        }
        results.withLock { $0[index] = result }
      }
    }
    let iterations = max(1, min(threads ?? HostResources.current.processors, count))
    DispatchQueue.concurrentPerform(iterations: iterations) { _ in work() }
    let trajectories = try results.withLock { try $0.compactMap { try $0?.get() } }
    return try TrajectorySet(
      training: Array(trajectories[..<training]), test: Array(trajectories[training..<training + test]),
      validation: Array(trajectories[(training + test)...]))
  }

  private func draw(
    _ system: some SimulatedSystem, _ index: UInt32, of part: TrajectorySet.Part, attempt: UInt64
  ) -> Trajectory? {
    var seed = self.seed
    if part == .validation {
      var stream = RandomStream(seed: seed, purpose: .validation)
      seed = stream.next()
    }
    let streams = ExcitationStreams(seed: seed, trajectory: index, position: attempt << 40)
    var inputGenerator = system.inputGenerator(streams, h: samplingTime)
    var initialStream = streams.stream(.initialState)
    var x = system.initialState(&initialStream)
    let (stateNames, inputNames) = (system.states.map(\.name), system.inputs.map(\.name))
    var states: [Double] = []
    var inputs: [Double] = []
    states.reserveCapacity(rowCount * stateNames.count)
    inputs.reserveCapacity(rowCount * inputNames.count)
    let deadTimes = system.inputDeadTimes
    let isDelayed = deadTimes.contains { $0 > 0 }
    for row in 0..<rowCount {
      let u = inputGenerator.next(x)
      states += x
      inputs += u
      if row + 1 < rowCount {
        let acting =
          isDelayed
          ? deadTimes.indices.map { inputs[max(0, row - deadTimes[$0]) * deadTimes.count + $0] } : u
        x = system.next(x, acting, h: samplingTime)
      }
    }
    if measurementNoise.contains(where: { $0 > 0 }) {
      var noise = streams.stream(.measurementNoise)
      for place in states.indices {
        states[place] += measurementNoise[place % stateNames.count] * noise.normal()
      }
    }
    return try? Trajectory(
      samplingTime: samplingTime, stateNames: stateNames, inputNames: inputNames, states: states,
      inputs: inputs)
  }
}

/// Why a system cannot be simulated.
package enum SimulationError: CategorizedError, Equatable {
  /// The sampling time is not positive and finite.
  case samplingTime(Double)
  /// Fewer than two rows.
  case rowCount(Int)
  /// The number of standard deviations is not that of the states.
  case noiseCount(Int, system: String, states: Int)
  /// A standard deviation is negative or not finite.
  case noise(Double)
  /// A trajectory's number is out of range.
  case index(Int)
  /// A number of trajectories is out of range.
  case count(Int, TrajectorySet.Part)
  /// No attempt gave a finite trajectory.
  case notFinite(Int, TrajectorySet.Part, samplingTime: Double, system: String, usual: Double)

  package var category: ErrorCategory {
    if case .notFinite = self { .failed } else { .usage }
  }

  package var description: String {
    switch self {
    case .samplingTime(let h):
      return "the sampling time is \(h) s; it must be positive and finite"
    case .rowCount(let rows):
      return "the trajectories would have \(rows) rows; they need at least 2"
    case .noiseCount(let count, let system, let states):
      return
        "measurement noise has \(count) standard deviations, but \(system) has \(states) states; give one for each"
    case .noise(let deviation):
      return "a standard deviation of the measurement noise is \(deviation); it must be finite and at least 0"
    case .index(let index):
      return "there is no trajectory \(index); they are numbered from 0 to \(Int32.max)"
    case .count(let count, .training):
      return "\(count) training trajectories; there must be 1 to \(Int32.max)"
    case .count(let count, let part):
      return "\(count) \(part.rawValue) trajectories; there must be 0 to \(Int32.max)"
    case .notFinite(let index, let part, let h, let system, let usual):
      return
        "\(part.rawValue) trajectory \(index) of \(system) was not finite in any of \(Simulation.attempts) attempts; "
        + "a sampling time of \(h) s is perhaps too long, the system is usually simulated with \(usual) s"
    }
  }
}
