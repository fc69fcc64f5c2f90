import ReproducibleMath
import TrainingKernels

/// Trains one network. The result depends on shape, settings, seed and samples alone: not on the instruction
/// set, nor on where the training was stopped and continued from a checkpoint.
///
/// Not for two threads at once.
package final class Trainer: NetworkTraining {
  /// The network's shape.
  package let shape: NetworkShape
  /// How it is trained.
  package let settings: TrainingSettings
  /// Seed of the initial weights and of the order of the samples.
  package let seed: UInt64
  /// Steps done so far, over all epochs.
  package private(set) var step = 0
  /// Mean loss of each finished epoch: the mean over its samples of the loss of their batch, taken before
  /// the batch's step.
  package private(set) var trainingCurve: [Double] = []

  /// The weights that a step computes with.
  enum WeightSelection: Equatable {
    /// All of them.
    case all
    /// All of them at every n-th step; in between the weights that were not zero at the last of these.
    case screened(every: Int)
    /// The weights that are not zero at the beginning.
    case fixedMask
  }

  private let selection: WeightSelection
  private let samples: TrainingSamples
  private let workspace: Workspace
  private let adam: AdamState
  private let penalty: AlignedBuffer<Float>
  private let order: AlignedBuffer<UInt32>
  /// nil: single steps.
  private let integral: IntegralBatch?
  private var epochOfOrder = -1
  private var epochErrorSum = 0.0
  /// The weights that are not zero, unless all are selected; it holds the newest parameters once `isScreened`.
  let activeSet: ActiveSet?
  private var isScreened = false
  /// Where a penalty makes weights exactly zero and the gradients of all are wanted.
  let zeroSkipping: ZeroSkipping?

  /// Steps of one epoch: samples / batch size, rounded up.
  package let stepsPerEpoch: Int
  /// Steps of the whole training.
  package var totalSteps: Int { stepsPerEpoch * settings.epochs }
  /// Whether all epochs are done.
  package var isFinished: Bool { step == totalSteps }
  /// The weights as they are now.
  package var parameters: NetworkParameters {
    if isScreened { activeSet?.store() }
    return workspace.layout.unpack(adam.parameters.pointer)
  }
  /// Number of weights and biases that a step computes with: all of them but in active-set training.
  package var activeCount: Int { isScreened ? activeSet?.count ?? 0 : shape.weightCount + shape.biasCount }

  /// A training from initial weights that the seed decides; `signals` has the signal of each input of the network, for
  /// group penalties, by default each its own.
  ///
  /// Precondition: the samples' widths are those of the shape; epochs and batch size are at least 1.
  package convenience init(
    shape: NetworkShape, settings: TrainingSettings, seed: UInt64, samples: TrainingSamples, kernels: Kernels,
    signals: [Int]? = nil
  ) {
    self.init(
      startingFrom: .initial(shape: shape, seed: seed), settings: settings, seed: seed, samples: samples,
      kernels: kernels, signals: signals)
  }

  /// A training from given weights, with all of them.
  package convenience init(
    startingFrom parameters: NetworkParameters, settings: TrainingSettings, seed: UInt64,
    samples: TrainingSamples, kernels: Kernels, signals: [Int]? = nil
  ) {
    self.init(
      initial: parameters, settings: settings, seed: seed, samples: samples, kernels: kernels,
      signals: signals)
  }

  /// A training from given weights; the selection of weights is by default that of the settings.
  init(
    initial: NetworkParameters, settings: TrainingSettings, seed: UInt64, samples: TrainingSamples,
    kernels: Kernels, signals: [Int]? = nil, selection: WeightSelection? = nil, skipsZeros: Bool = true
  ) {
    precondition(samples.inputs == initial.shape.inputs && samples.targets == initial.shape.outputs)
    precondition(settings.epochs >= 1 && settings.batchSize >= 1)
    shape = initial.shape
    self.settings = settings
    self.seed = seed
    self.samples = samples
    stepsPerEpoch = settings.stepsPerEpoch(samples: samples.count)
    let layout = KernelLayout(shape: initial.shape)
    let windows = min(settings.batchSize, samples.count)
    let integralSteps = settings.oneStep.flatMap { $0.form == .integral ? $0.steps : nil }
    workspace = Workspace(
      layout: layout, batchSize: windows * (integralSteps ?? 1), loss: settings.loss, kernels: kernels)
    integral = integralSteps.map {
      IntegralBatch(windows: windows, steps: $0, of: samples, layout: layout, kernels: kernels)
    }
    adam = AdamState(parameterCount: layout.parameterCount)
    adam.groups = GroupProximalStep(
      settings.penalty.group, layout: layout, signals: signals ?? Array(0..<initial.shape.inputs))
    penalty = AlignedBuffer(count: layout.parameterCount)
    order = AlignedBuffer(count: samples.count + Trainer.orderPadding)
    layout.pack(initial, into: adam.parameters.pointer)
    layout.packPenalty(settings.penalty, into: penalty.pointer)
    self.selection = selection ?? settings.screeningInterval.map { .screened(every: $0) } ?? .all
    activeSet =
      self.selection == .all ? nil : ActiveSet(layout: layout, dense: adam, penalty: penalty)
    zeroSkipping =
      skipsZeros && settings.penalty.method.makesZeros && self.selection == .all
      ? ZeroSkipping(layout: layout, parameters: adam.parameters) : nil
    if self.selection == .fixedMask { selectNonzero() }
  }

  /// Trains up to `steps` more steps, fewer if the training ends.
  ///
  /// Returns the mean loss of the last batch. Throws ``NonFiniteLoss`` at the step whose loss is not
  /// finite; the trainer can't continue from there.
  @discardableResult
  package func train(steps: Int) throws -> Double {
    var loss = Double.nan
    let end = min(totalSteps, step + steps)
    while step < end {
      let epoch = step / stepsPerEpoch
      let first = step % stepsPerEpoch * settings.batchSize
      if epochOfOrder != epoch {
        Self.shuffle(order, seed: seed, epoch: epoch, kernels: workspace.kernels)
        epochOfOrder = epoch
      }
      let count = min(settings.batchSize, samples.count - first)
      let nextCount = min(settings.batchSize, samples.count - first - count)
      let batch = order.pointer + first
      let rate = settings.learningRate.rate(step: step, of: totalSteps)
      if let integral {
        if isScreened { activeSet?.store() }
        let used = integral.fill(batch, count: count, parameters: adam.parameters.pointer)
        loss = step(
          integral.samples, UnsafePointer(integral.order.pointer), count: used, nextCount: 0,
          isFullBatch: count == min(settings.batchSize, samples.count), learningRate: rate)
      } else {
        loss = step(
          samples, batch, count: count, nextCount: nextCount,
          isFullBatch: count == min(settings.batchSize, samples.count), learningRate: rate)
      }
      guard loss.isFinite else { throw NonFiniteLoss(epoch: epoch + 1, step: step + 1) }
      epochErrorSum += loss * Double(count)
      step += 1
      if step % stepsPerEpoch == 0 {
        trainingCurve.append(epochErrorSum / Double(samples.count))
        epochErrorSum = 0
      }
    }
    return loss
  }

  private func isScreening(atStep step: Int) -> Bool {
    switch selection {
    case .all: true
    case .screened(let interval): step % interval == 0
    case .fixedMask: false
    }
  }

  /// Takes the weights that are not zero now as active.
  private func selectNonzero() {
    activeSet?.selectNonzero()
    isScreened = activeSet != nil
  }

  private func step(
    _ samples: TrainingSamples, _ batch: UnsafePointer<UInt32>, count: Int, nextCount: Int, isFullBatch: Bool,
    learningRate: Double
  ) -> Double {
    guard let activeSet, isScreened, !isScreening(atStep: step) else {
      return denseStep(
        samples, batch, count: count, nextCount: nextCount, isFullBatch: isFullBatch,
        learningRate: learningRate)
    }
    return activeSet.step(
      workspace, samples: samples, order: batch, count: count, nextCount: nextCount, settings: settings,
      learningRate: learningRate)
  }

  /// A step with the gradients of all weights; in active-set training it screens them.
  private func denseStep(
    _ samples: TrainingSamples, _ batch: UnsafePointer<UInt32>, count: Int, nextCount: Int, isFullBatch: Bool,
    learningRate: Double
  ) -> Double {
    if isScreened { activeSet?.store() }
    let way = zeroSkipping?.begin(isFullBatch: isFullBatch) ?? .allWeights
    let loss: Double
    if let zeroSkipping, way == .skipping {
      loss = workspace.computeGradient(
        of: zeroSkipping.weights, parameters: adam.parameters.pointer, samples: samples, order: batch,
        count: count, nextCount: nextCount, allWeights: true, gradient: workspace.gradient.pointer)
    } else {
      loss = workspace.computeGradient(
        parameters: adam.parameters.pointer, samples: samples, order: batch, count: count,
        nextCount: nextCount)
    }
    guard loss.isFinite else { return loss }
    adam.update(
      gradient: workspace.gradient.pointer, penalty: penalty.pointer, method: settings.penalty.method,
      learningRate: learningRate, constants: settings.adam, kernels: workspace.kernels)
    zeroSkipping?.end(way)
    if activeSet != nil { selectNonzero() }
    return loss
  }

  /// Elements that the buffer of an order has more than samples; they are not looked at.
  static let orderPadding = POTLINE_LANES

  /// The order of the samples in an epoch: it depends on the seed, the epoch and their number alone.
  static func shuffle(_ order: AlignedBuffer<UInt32>, seed: UInt64, epoch: Int, kernels: Kernels) {
    var stream = RandomStream(seed: seed, purpose: .shuffling, index: UInt32(epoch))
    let keys = (0..<POTLINE_SHUFFLE_ROUNDS).map { _ in stream.nextWord() }
    kernels.table.pointee.shuffle(order.pointer, UInt32(order.count - orderPadding), keys)
  }
}

// MARK: - Checkpoints

extension Trainer {
  /// The training's state; a training that resumes from it ends in the same bits.
  package var checkpoint: TrainingCheckpoint {
    if isScreened { activeSet?.store() }
    return adam.checkpoint(
      step: step, trainingCurve: trainingCurve, epochErrorSum: epochErrorSum,
      isActive: isScreened ? activeSet.map { Array($0.isActive.values) } : nil)
  }

  /// Resumes from a checkpoint of a training with the same shape, settings, seed and samples.
  ///
  /// Throws ``TrainingCheckpointError`` if its sizes are not those of this training.
  package func restore(_ checkpoint: TrainingCheckpoint) throws {
    try adam.restore(
      checkpoint, totalSteps: totalSteps, stepsPerEpoch: stepsPerEpoch, selectsWeights: activeSet != nil)
    step = checkpoint.step
    trainingCurve = checkpoint.trainingCurve
    epochErrorSum = checkpoint.epochErrorSum
    isScreened = false
    if let activeSet, let isActive = checkpoint.isActive {
      activeSet.isActive.copy(from: isActive)
      activeSet.load()
      isScreened = true
    }
  }
}
