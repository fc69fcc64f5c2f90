import ReproducibleMath
import TrajectoryData

/// Simulated trajectories of the aluminium cell in closed loop with random excitation, reproducible from one seed.
///
/// Trajectory k of a part depends on the seed, the part and k only: its random numbers are the streams with index k
/// (training) or 2^31 + k (test) of the purposes `initialState`, `current`, `distance`, `aluminaImpulse` and
/// `fluorideImpulse`, so that training and test trajectories never share a random number;
/// validation trajectories are as training trajectories of another seed, the first number of the purpose `validation`. A trajectory with a
/// value that is not finite is drawn again: attempt a (0, 1, ...) starts every stream at word a * 2^40.
///
/// In sample i, u_i is computed from x_i: the controllers of the feeds and the tapping; impulses on top of the feeds;
/// current and distance are nominal plus an ``APRBS``. Then x_{i+1} is one Runge-Kutta step.
package struct CellSimulation: Sendable, Equatable {
  /// The seed of all random numbers.
  package let seed: UInt64
  /// The sampling time h (s).
  package let samplingTime: Double
  /// The rows of each trajectory.
  package let rowCount: Int

  /// How often a trajectory is drawn before the simulation gives up.
  package static var attempts: Int { 100 }

  /// A simulation. Throws ``CellSimulationError`` for a sampling time (s, default 10) that is not positive and finite, or
  /// fewer than 2 rows (default 5,000: about 13.9 h).
  package init(seed: UInt64, samplingTime: Double = 10, rowCount: Int = 5000) throws(CellSimulationError) {
    guard samplingTime > 0, samplingTime.isFinite else { throw .samplingTime(samplingTime) }
    guard rowCount >= 2 else { throw .rowCount(rowCount) }
    self.seed = seed
    self.samplingTime = samplingTime
    self.rowCount = rowCount
  }

  /// Trajectory k >= 0 of a part; 4 rowCount evaluations of the cell's derivative.
  ///
  /// Throws ``CellSimulationError`` if no attempt gives a finite trajectory.
  package func trajectory(_ index: Int, of part: TrajectorySet.Part) throws(CellSimulationError) -> Trajectory
  {
    guard let number = Int32(exactly: index), number >= 0 else { throw .index(index) }
    let streamIndex = UInt32(number) | (part == .test ? 0x8000_0000 : 0)
    for attempt in 0..<Self.attempts {
      if let trajectory = draw(streamIndex, of: part, attempt: UInt64(attempt)) { return trajectory }
    }
    throw .notFinite(index, part, samplingTime: samplingTime)
  }

  private func draw(_ index: UInt32, of part: TrajectorySet.Part, attempt: UInt64) -> Trajectory? {
    var seed = self.seed
    if part == .validation {
      var stream = RandomStream(seed: seed, purpose: .validation)
      seed = stream.next()
    }
    func stream(_ purpose: RandomPurpose) -> RandomStream {
      var stream = RandomStream(seed: seed, purpose: purpose, index: index)
      stream.position = attempt << 40
      return stream
    }
    let cell = AluminiumCell()
    var excitation = CellExcitation(
      current: stream(.current), distance: stream(.distance), alumina: stream(.aluminaImpulse),
      fluoride: stream(.fluorideImpulse), samplingTime: samplingTime)
    var initialStream = stream(.initialState)
    var x = AluminiumCell.initialState(&initialStream)
    let (n, m) = (8, 5)
    var states = [Double](repeating: 0, count: rowCount * n)
    var inputs = [Double](repeating: 0, count: rowCount * m)
    for row in 0..<rowCount {
      let u = excitation.next(x)
      for lane in 0..<n { states[row * n + lane] = x[lane] }
      for lane in 0..<m { inputs[row * m + lane] = u[lane] }
      x = cell.rungeKuttaStep(x, u, h: samplingTime)
    }
    return try? Trajectory(
      samplingTime: samplingTime, stateNames: cell.states.map(\.name), inputNames: cell.inputs.map(\.name),
      states: states, inputs: inputs)
  }
}
