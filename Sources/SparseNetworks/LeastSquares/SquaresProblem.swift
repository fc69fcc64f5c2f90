import TrainingKernels

/// What a network's errors are computed on.
package enum SquaresData {
  /// One step each.
  case samples(TrainingSamples)
  /// Simulations of recorded runs.
  case runs(RecordedRuns, Recurrence)
}

/// The mean loss of a network's errors and the sum of its squared parameters, to be made small: of one step on samples, or
/// of simulations of recorded runs. Computed in double precision, the same bits on every instruction set.
///
/// The parameters are those of ``FreeParameters``, then, if they are trained, the hidden states at the start of each run
/// [runs, hidden states].
final class SquaresProblem {
  let free: FreeParameters
  /// Number of parameters, the initial states included.
  let count: Int
  /// `count` rounded up to a multiple of 8: the rows of ``normal``.
  let padded: Int
  /// The upper triangle of the matrix of ``computeNormalEquations(at:)``, [padded, padded].
  let normal: AlignedBuffer<Double>
  /// Half the gradient, [padded].
  let gradient: AlignedBuffer<Double>
  /// Errors that count.
  private(set) var errors = 0

  private let data: SquaresData
  private let loss: potline_loss
  private let ridge: Double
  private let washout: Int
  private let steps: Int
  private let stateLag: Int
  private let initialStates: Int
  private let kernels: Kernels
  private let kernelRecurrence: KernelRecurrence?
  private let starts: AlignedBuffer<Int32>
  private let lasts: AlignedBuffer<Int32>
  private let order: AlignedBuffer<UInt32>
  private let states: AlignedBuffer<Double>
  private let initial: AlignedBuffer<Double>
  private var scratch = AlignedBuffer<Double>(count: 0)

  /// The problem of some parameters. `settings` have a second-order method; their batch size is the most samples or windows.
  ///
  /// Throws ``SimulationTrainingError`` for runs that are too short.
  convenience init(
    _ free: FreeParameters, settings: TrainingSettings, data: SquaresData, kernels: Kernels
  ) throws(SimulationTrainingError) {
    guard let method = settings.secondOrder else { preconditionFailure("settings of a first-order method") }
    switch data {
    case .samples(let samples):
      let chosen = min(samples.count, settings.batchSize)
      self.init(
        free, loss: settings.loss, ridge: method.ridge, data: data, kernels: kernels,
        order: (0..<chosen).map { UInt32($0 * samples.count / chosen) })
    case .runs(let runs, let recurrence):
      guard let simulation = settings.simulation else { preconditionFailure("a simulation without a loss") }
      self.init(
        free, loss: settings.loss, ridge: method.ridge, data: data, kernels: kernels,
        windows: try runs.windows(of: simulation, recurrence, atMost: settings.batchSize),
        washout: simulation.washout, trainsInitialStates: simulation.trainsInitialStates)
    }
  }

  /// The problem on the samples of `order`, or on windows of the runs, rows from the first to one after the last.
  init(
    _ free: FreeParameters, loss: Loss, ridge: Double, data: SquaresData, kernels: Kernels,
    order: [UInt32] = [], windows: [Range<Int>] = [], washout: Int = 0, trainsInitialStates: Bool = false
  ) {
    (self.free, self.data, self.ridge, self.kernels, self.washout) = (free, data, ridge, kernels, washout)
    self.loss = loss.kernelLoss
    self.order = AlignedBuffer(count: order.count)
    self.order.copy(from: order)
    starts = AlignedBuffer(count: windows.count)
    lasts = AlignedBuffer(count: windows.count)
    starts.copy(from: windows.map { Int32($0.lowerBound) })
    lasts.copy(from: windows.map { Int32($0.upperBound - 1) })
    steps = windows.map { $0.count - 1 }.max() ?? 1
    switch data {
    case .samples:
      (stateLag, initialStates, kernelRecurrence) = (1, 0, nil)
      states = AlignedBuffer(count: 0)
    case .runs(_, let recurrence):
      stateLag = recurrence.outputLags.max() ?? 1
      initialStates = trainsInitialStates ? windows.count * recurrence.hiddenStates : 0
      kernelRecurrence = KernelRecurrence(recurrence)
      states = AlignedBuffer(count: windows.count * (stateLag + steps) * recurrence.states)
    }
    initial = AlignedBuffer(count: initialStates)
    count = free.count + initialStates
    padded = (count + 7) / 8 * 8
    normal = AlignedBuffer(count: padded * padded)
    gradient = AlignedBuffer(count: padded)
  }

  /// The initial states among the parameters' values.
  func initialStates(in values: [Double]) -> [Double] { Array(values[free.count...]) }

  /// The parameters' values in a network, with these initial states; without any they are zero.
  func values(in network: NetworkParameters, initialStates: [Double]) -> [Double] {
    let isGiven = initialStates.count == self.initialStates
    return free.values(in: network)
      + (isGiven ? initialStates : Array(repeating: 0, count: self.initialStates))
  }

  /// The loss and cost at some values.
  func point(at values: [Double]) -> SquaresPoint {
    point(withArguments(values, of: POTLINE_SQUARES_SUM) { kernels.table.pointee.squares(&$0) }, values)
  }

  /// The same, and half the cost's gradient.
  func gradientPoint(at values: [Double]) -> (SquaresPoint, gradient: [Double]) {
    let sum = withArguments(values, of: POTLINE_SQUARES_GRADIENT) {
      kernels.table.pointee.squaresGradient(&$0)
    }
    finishGradient(values)
    return (point(sum, values), Array(gradient.values.prefix(count)))
  }

  /// The normal equations where ``point(at:)`` was last computed: ``normal`` is J'J / errors + ridge, where J has the errors'
  /// derivatives, each times the root of its weight, and ``gradient`` J' errors / errors + ridge parameters.
  /// O(errors x parameters²).
  func computeNormalEquations(at values: [Double]) {
    withArguments(values, of: POTLINE_SQUARES_NORMAL) { kernels.table.pointee.normalEquations(&$0) }
    let factor = 1 / Double(max(1, errors))
    for k in 0..<padded * padded { normal.pointer[k] *= factor }
    for k in 0..<count { normal.pointer[k * padded + k] += ridge }
    finishGradient(values)
  }

  private func finishGradient(_ values: [Double]) {
    let factor = 1 / Double(max(1, errors))
    for k in 0..<count { gradient.pointer[k] = gradient.pointer[k] * factor + ridge * values[k] }
  }

  private func point(_ sum: Double, _ values: [Double]) -> SquaresPoint {
    let loss = sum / Double(max(1, errors))
    return SquaresPoint(values: values, loss: loss, cost: loss + ridge * values.reduce(0) { $0 + $1 * $1 })
  }

  private func withArguments<Result>(
    _ values: [Double], of kind: potline_squares_of,
    _ body: (inout potline_squares_arguments) -> Result
  ) -> Result {
    precondition(values.count == count)
    initial.copy(from: values[free.count...])
    let network = free.kernelNetwork(values[..<free.count])
    var windows = potline_windows()
    var samples = potline_samples()
    switch data {
    case .runs(let runs, _):
      windows = potline_windows(
        rows: runs.pointer, rowStride: Int32(runs.rowStride), count: Int32(starts.count),
        start: starts.pointer, last: lasts.pointer)
    case .samples(let all):
      samples = potline_samples(
        rows: all.pointer, count: Int64(all.count), rowStride: Int32(all.rowStride),
        targetStart: Int32(all.inputs))
    }
    let recurrence = kernelRecurrence?.table ?? potline_recurrence()
    return withUnsafePointer(to: network) { network in
      withUnsafePointer(to: recurrence) { recurrence in
        withUnsafePointer(to: windows) { windows in
          withUnsafePointer(to: samples) { samples in
            var arguments = potline_squares_arguments(
              network: network, recurrence: kernelRecurrence == nil ? nil : recurrence, windows: windows,
              steps: Int32(steps), washout: Int32(washout), longestStateLag: Int32(stateLag),
              initial: initialStates > 0 ? UnsafePointer(initial.pointer) : nil, states: states.pointer,
              samples: samples, order: order.pointer, sampleCount: Int32(order.count), loss: loss,
              padded: Int32(padded), initialParameter: initialStates > 0 ? Int32(free.count) : -1,
              normal: normal.pointer, gradient: gradient.pointer, scratch: scratch.pointer, counted: 0)
            let needed = Int(potline_squares_scratch(&arguments, kind))
            if scratch.count < needed {
              scratch = AlignedBuffer(count: needed)
              arguments.scratch = scratch.pointer
            }
            let result = body(&arguments)
            if kind != POTLINE_SQUARES_NORMAL { errors = Int(arguments.counted) }
            return result
          }
        }
      }
    }
  }
}

extension RecordedRuns {
  /// The windows of a second-order training, rows from the first to one after the last: evenly spaced ones of the horizon and
  /// its washout, or for a horizon of whole runs each run from the first row at which its simulation can begin.
  func windows(
    of loss: SimulationLoss, _ recurrence: Recurrence, atMost most: Int
  ) throws(SimulationTrainingError) -> [Range<Int>] {
    let lags = recurrence.outputLags.max() ?? 1
    let starts = windowStarts(lags: lags, steps: loss.horizon.map { $0 + loss.washout } ?? count)
    guard !starts.isEmpty else { throw .noWindow(history: history, lags: lags) }
    guard loss.horizon == nil || !loss.trainsInitialStates else { throw .initialStatesOfWindows }
    let windows: [Range<Int>]
    if let horizon = loss.horizon {
      let chosen = min(most, starts.count)
      windows = (0..<chosen).map { k in
        let start = Int(starts[chosen == 1 ? 0 : k * (starts.count - 1) / (chosen - 1)])
        return start..<min(start + horizon + loss.washout + 1, run(of: start).upperBound)
      }
    } else {
      windows = wholeRuns(from: starts).map { Int($0)..<run(of: Int($0)).upperBound }
    }
    let longest = windows.map { $0.count - 1 }.max() ?? 0
    guard longest > loss.washout else { throw .washoutTooLong(washout: loss.washout, steps: longest) }
    return windows
  }

  /// Of starts in ascending order the first of each run.
  func wholeRuns(from starts: [Int32]) -> [Int32] {
    var lastRun = -1
    return starts.filter { start in
      let first = run(of: Int(start)).lowerBound
      defer { lastRun = first }
      return first != lastRun
    }
  }
}
