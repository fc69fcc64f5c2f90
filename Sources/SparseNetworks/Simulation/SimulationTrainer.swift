import ReproducibleMath
import TrainingKernels

/// Trains a network on the error of its simulation: windows of recorded runs, from random rows, in the lanes of a batch; or
/// whole runs. The result depends on the arguments alone, not on the instruction set nor on where the training was stopped
/// and continued from a checkpoint.
///
/// Not for two threads at once.
package final class SimulationTrainer: NetworkTraining {
  /// The network's shape.
  package let shape: NetworkShape
  package private(set) var step = 0
  package private(set) var trainingCurve: [Double] = []
  package let totalSteps: Int

  private let settings: TrainingSettings
  private let loss: SimulationLoss
  private let seed: UInt64
  private let runs: RecordedRuns
  private let recurrence: Recurrence
  private let kernels: Kernels
  private let layout: KernelLayout
  private let kernelRecurrence: KernelRecurrence
  private let stepsPerEpoch: Int
  /// Windows of a step.
  private let batchSize: Int
  private let longestHorizon: Int
  /// The rows at which windows can begin; for whole runs the first of each.
  private let starts: [Int32]
  private let selection: Trainer.WeightSelection
  /// Parameters, then the initial hidden states [tiles][hidden states][16] if they are trained.
  private let adam: AdamState
  private let gradient: AlignedBuffer<Float>
  private let penalty: AlignedBuffer<Float>
  /// 1 for what a step trains, 0 for a weight that stays zero.
  private let mask: AlignedBuffer<Float>
  private var isMasked = false
  private var epochLossSum = 0.0
  private let windowStart: AlignedBuffer<Int32>
  private let windowLast: AlignedBuffer<Int32>
  private let activations: AlignedBuffer<Float>
  private let deltas: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>

  /// A training from given weights. Under a fixed mask weights that are zero now stay zero, and there is no penalty.
  /// `signals` has the signal of each input of the network, for group penalties; by default each its own.
  ///
  /// Throws ``SimulationTrainingError`` if the runs are too short, or initial states are to be trained on windows.
  /// Precondition: the recurrence has the shape's widths and the runs' signals; the settings have a simulation loss, at least
  /// one epoch and a batch size of at least 1.
  package init(
    initial: NetworkParameters, settings: TrainingSettings, recurrence: Recurrence, runs: RecordedRuns,
    seed: UInt64, hasFixedMask: Bool, signals: [Int]? = nil, kernels: Kernels
  ) throws(SimulationTrainingError) {
    guard let loss = settings.simulation else { preconditionFailure("a training on one step's error") }
    precondition(recurrence.inputWidth == initial.shape.inputs && recurrence.states == initial.shape.outputs)
    precondition(recurrence.outputs == runs.outputs && recurrence.inputLags.count == runs.inputs)
    precondition(settings.epochs >= 1 && settings.batchSize >= 1)
    precondition(runs.history + 1 >= recurrence.longestLag)
    let lags = recurrence.outputLags.max() ?? 1
    let allStarts = runs.windowStarts(lags: lags, steps: loss.horizon.map { $0 + loss.washout } ?? runs.count)
    guard !allStarts.isEmpty else { throw .noWindow(history: runs.history, lags: lags) }
    guard loss.horizon == nil || !loss.trainsInitialStates else { throw .initialStatesOfWindows }
    shape = initial.shape
    self.settings = settings
    self.loss = loss
    self.seed = seed
    self.runs = runs
    self.recurrence = recurrence
    self.kernels = kernels
    layout = KernelLayout(shape: initial.shape)
    kernelRecurrence = KernelRecurrence(recurrence)
    if let horizon = loss.horizon {
      starts = allStarts
      batchSize = settings.batchSize
      longestHorizon = horizon + loss.washout
    } else {
      starts = runs.wholeRuns(from: allStarts)
      batchSize = starts.count
      longestHorizon = starts.map { runs.run(of: Int($0)).upperBound - 1 - Int($0) }.max() ?? 1
    }
    stepsPerEpoch = settings.stepsPerEpoch(samples: runs.sampleCount)
    totalSteps = stepsPerEpoch * settings.epochs
    guard longestHorizon > loss.washout else {
      throw .washoutTooLong(washout: loss.washout, steps: longestHorizon)
    }
    selection =
      hasFixedMask ? .fixedMask : settings.screeningInterval.map { .screened(every: $0) } ?? .all
    let tiles = (batchSize + POTLINE_LANES - 1) / POTLINE_LANES
    let initialStates = loss.trainsInitialStates ? tiles * recurrence.hiddenStates * POTLINE_LANES : 0
    let count = layout.parameterCount + initialStates
    adam = AdamState(parameterCount: count)
    gradient = AlignedBuffer(count: count)
    penalty = AlignedBuffer(count: count)
    mask = AlignedBuffer(count: count)
    windowStart = AlignedBuffer(count: batchSize)
    windowLast = AlignedBuffer(count: batchSize)
    let group = POTLINE_SIMULATION_TILES * POTLINE_LANES
    activations = AlignedBuffer(count: (longestHorizon + 1) * layout.activationRows * group)
    deltas = AlignedBuffer(count: POTLINE_SIMULATION_CHUNK * layout.deltaRows * group)
    let (network, table, steps) = (layout.network, kernelRecurrence.table, Int32(longestHorizon))
    scratch = AlignedBuffer(
      count: withUnsafePointer(to: network) { network in
        withUnsafePointer(to: table) { table in
          Int(potline_simulation_scratch(network, table, steps, Int32(loss.washout)))
        }
      })
    layout.pack(initial, into: adam.parameters.pointer)
    if selection != .fixedMask {
      layout.packPenalty(settings.penalty, into: penalty.pointer)
      adam.groups = GroupProximalStep(
        settings.penalty.group, layout: layout, signals: signals ?? Array(0..<initial.shape.inputs))
    }
    if selection == .fixedMask { selectNonzero() }
  }

  package var isFinished: Bool { step == totalSteps }

  package var parameters: NetworkParameters { layout.unpack(adam.parameters.pointer) }

  package var initialStates: [Double] {
    guard loss.trainsInitialStates else { return [] }
    let (hidden, lanes) = (recurrence.hiddenStates, POTLINE_LANES)
    return (0..<batchSize).flatMap { w in
      (0..<hidden).map { s in
        Double(
          adam.parameters.pointer[layout.parameterCount + (w / lanes * hidden + s) * lanes + w % lanes])
      }
    }
  }

  @discardableResult
  package func train(steps: Int) throws -> Double {
    var last = Double.nan
    let end = min(totalSteps, step + steps)
    while step < end {
      let epoch = step / stepsPerEpoch
      if case .screened(let interval) = selection, step % interval == 0 { isMasked = false }
      last = chooseWindows()
      guard last.isFinite else { throw NonFiniteLoss(epoch: epoch + 1, step: step + 1) }
      adam.update(
        gradient: gradient.pointer, penalty: penalty.pointer,
        method: selection == .fixedMask ? .none : settings.penalty.method,
        learningRate: settings.learningRate.rate(step: step, of: totalSteps), constants: settings.adam,
        kernels: kernels)
      if isMasked {
        // Adam's momentum would move them.
        for k in 0..<mask.count where mask.pointer[k] == 0 { adam.parameters.pointer[k] = 0 }
      } else if case .screened = selection {
        selectNonzero()
      }
      epochLossSum += last
      step += 1
      if step % stepsPerEpoch == 0 {
        trainingCurve.append(epochLossSum / Double(stepsPerEpoch))
        epochLossSum = 0
      }
    }
    return last
  }

  /// The windows of this step, their mean loss, and the gradient.
  private func chooseWindows() -> Double {
    let horizon: Int
    if let steps = loss.horizon(step: step, of: totalSteps) {
      horizon = steps + loss.washout
      var stream = RandomStream(seed: seed, purpose: .simulationWindows, index: UInt32(step))
      for w in 0..<batchSize {
        let start = Int(starts[stream.integer(in: 0...starts.count - 1)])
        windowStart.pointer[w] = Int32(start)
        windowLast.pointer[w] = Int32(min(start + horizon, runs.run(of: start).upperBound - 1))
      }
    } else {
      horizon = longestHorizon
      for (w, start) in starts.enumerated() {
        windowStart.pointer[w] = start
        windowLast.pointer[w] = Int32(runs.run(of: Int(start)).upperBound - 1)
      }
    }
    return computeGradient(steps: horizon)
  }

  private func computeGradient(steps: Int) -> Double {
    var windows = potline_windows(
      rows: runs.pointer, rowStride: Int32(runs.rowStride), count: Int32(batchSize),
      start: windowStart.pointer, last: windowLast.pointer)
    let initial = loss.trainsInitialStates ? layout.parameterCount : nil
    return withUnsafePointer(to: layout.network) { network in
      withUnsafePointer(to: kernelRecurrence.table) { recurrence in
        withUnsafePointer(to: &windows) { windows in
          var arguments = potline_simulation_arguments(
            network: network, recurrence: recurrence, windows: windows, parameters: adam.parameters.pointer,
            steps: Int32(steps), washout: Int32(loss.washout), loss: settings.loss.kernelLoss,
            initial: initial.map { UnsafePointer(adam.parameters.pointer + $0) },
            initialGradient: initial.map { gradient.pointer + $0 }, X: activations.pointer,
            D: deltas.pointer, scratch: scratch.pointer, gradient: gradient.pointer, counted: 0)
          let sum = kernels.table.pointee.simulationGradient(&arguments)
          let factor = 1 / Double(max(1, arguments.counted))
          guard sum.isFinite else { return Double(sum) }
          var clip = potline_clip_arguments(
            count: Int32(gradient.count), gradient: gradient.pointer,
            mask: isMasked ? UnsafePointer(mask.pointer) : nil, factor: Float(factor),
            most: Float(loss.clipping))
          let norm = kernels.table.pointee.clip(&clip)
          return norm.isFinite ? Double(sum) * factor : Double(norm)
        }
      }
    }
  }

  /// Takes the weights that are not zero now, all biases and initial states as those to be trained.
  private func selectNonzero() {
    for k in 0..<mask.count { mask.pointer[k] = k < layout.parameterCount ? 0 : 1 }
    for (l, layer) in shape.layers.enumerated() {
      for output in 0..<layer.outputs {
        for column in 0...layer.columns {
          let k = layout.index(layer: l, output: output, column: column)
          mask.pointer[k] = column == layer.columns || adam.parameters.pointer[k] != 0 ? 1 : 0
        }
      }
    }
    isMasked = true
  }
}

// MARK: - Checkpoints

extension SimulationTrainer {
  package var checkpoint: TrainingCheckpoint {
    adam.checkpoint(
      step: step, trainingCurve: trainingCurve, epochErrorSum: epochLossSum,
      isActive: isMasked ? mask.values.map { $0 == 0 ? 0 : 1 } : nil)
  }

  package func restore(_ checkpoint: TrainingCheckpoint) throws {
    try adam.restore(
      checkpoint, totalSteps: totalSteps, stepsPerEpoch: stepsPerEpoch, selectsWeights: selection != .all)
    step = checkpoint.step
    trainingCurve = checkpoint.trainingCurve
    epochLossSum = checkpoint.epochErrorSum
    isMasked = checkpoint.isActive != nil
    if let isActive = checkpoint.isActive { mask.copy(from: isActive.map { Float($0) }) }
  }
}

/// Runs that can't be simulated.
package enum SimulationTrainingError: Error, Equatable, CustomStringConvertible {
  /// In no run are, after so many rows, all outputs measured in so many rows, and another row follows.
  case noWindow(history: Int, lags: Int)
  /// Nothing is left after the washout.
  case washoutTooLong(washout: Int, steps: Int)
  /// Initial states belong to runs.
  case initialStatesOfWindows

  package var description: String {
    switch self {
    case .noWindow(let history, let lags):
      "no run has \(lags) rows one after the other with all outputs measured, at least \(history + 1) rows after its "
        + "beginning and before its last, from which a simulation could begin"
    case .washoutTooLong(let washout, let steps):
      "the washout takes \(washout) of the \(steps) steps of the longest run: no error is left to train on"
    case .initialStatesOfWindows:
      "initial states are trained for whole runs only, not for windows from random rows"
    }
  }
}
