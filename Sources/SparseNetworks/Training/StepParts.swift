import TrainingKernels

/// The parts of a training step, one by one, for measurements. Not for two threads at once.
package final class StepParts {
  private let samples: TrainingSamples
  private let settings: TrainingSettings
  private let batchSize: Int
  private let workspace: Workspace
  private let adam: AdamState
  private let penalty: AlignedBuffer<Float>
  private let order: AlignedBuffer<UInt32>
  private let nonzero: ActiveWeights
  private let allGradients: AlignedBuffer<Float>
  private var epoch = 0
  private var batch = 0

  /// The parts for these weights and samples; zero weights are those that the sparse steps skip. Precondition: at least
  /// one full batch.
  package init(
    parameters: NetworkParameters, settings: TrainingSettings, samples: TrainingSamples, kernels: Kernels
  ) {
    precondition(settings.batchSize <= samples.count)
    let layout = KernelLayout(shape: parameters.shape)
    (self.samples, self.settings, batchSize) = (samples, settings, settings.batchSize)
    workspace = Workspace(layout: layout, batchSize: batchSize, loss: settings.loss, kernels: kernels)
    adam = AdamState(parameterCount: layout.parameterCount)
    penalty = AlignedBuffer(count: layout.parameterCount)
    order = AlignedBuffer(count: samples.count + Trainer.orderPadding)
    nonzero = ActiveWeights(layout: layout, numbering: .packed)
    allGradients = AlignedBuffer(count: layout.parameterCount + 16)
    layout.pack(parameters, into: adam.parameters.pointer)
    layout.packPenalty(settings.penalty, into: penalty.pointer)
    let isActive = AlignedBuffer<UInt8>(count: layout.parameterCount)
    for k in 0..<layout.parameterCount { isActive.pointer[k] = adam.parameters.pointer[k] == 0 ? 0 : 1 }
    nonzero.fill(isActive: isActive.pointer)
    shuffle()
    gradient()
  }

  /// A new order of all samples.
  package func shuffle() {
    Trainer.shuffle(order, seed: 1, epoch: epoch, kernels: workspace.kernels)
    epoch += 1
  }

  /// Loss and gradient of always the same batch, whose samples are in the cache.
  package func gradient() {
    _ = workspace.computeGradient(
      parameters: adam.parameters.pointer, samples: samples, order: order.pointer, count: batchSize)
  }

  /// A step on the next batch that skips the zero weights forward and backward, and computes the gradients of all.
  package func stepSkippingZeros() {
    let first = batch * batchSize
    let next = first + 2 * batchSize <= samples.count ? batchSize : 0
    _ = workspace.computeGradient(
      of: nonzero, parameters: adam.parameters.pointer, samples: samples, order: order.pointer + first,
      count: batchSize, nextCount: next, allWeights: true, gradient: allGradients.pointer)
    adam.update(
      gradient: allGradients.pointer, penalty: penalty.pointer, method: settings.penalty.method,
      learningRate: 0,
      constants: settings.adam, kernels: workspace.kernels)
    batch = next == 0 ? 0 : batch + 1
    if batch == 0 { shuffle() }
  }

  /// Adam with the penalty, at a learning rate of 0: the weights stay.
  package func update() {
    adam.update(
      gradient: workspace.gradient.pointer, penalty: penalty.pointer, method: settings.penalty.method,
      learningRate: 0, constants: settings.adam, kernels: workspace.kernels)
  }

  /// The forward pass of a batch alone.
  package func forward() {
    let tiles = (batchSize + POTLINE_LANES - 1) / POTLINE_LANES
    withUnsafePointer(to: workspace.layout.network) { network in
      var arguments = potline_forward_arguments(
        network: network, parameters: adam.parameters.pointer, X: workspace.activations.pointer,
        tiles: Int32(tiles))
      workspace.kernels.table.pointee.forward(&arguments)
    }
  }
}

extension Trainer {
  /// A training from given weights, for measurements; with `fixedMask` weights that are zero stay so, and are never
  /// computed with.
  package convenience init(
    startingFrom parameters: NetworkParameters, settings: TrainingSettings, samples: TrainingSamples,
    kernels: Kernels, fixedMask: Bool = false
  ) {
    self.init(
      initial: parameters, settings: settings, seed: 1, samples: samples, kernels: kernels,
      selection: fixedMask ? .fixedMask : nil)
  }
}
