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
  private var epoch = 0

  /// The parts for these weights and samples. Precondition: at least one full batch.
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
    layout.pack(parameters, into: adam.parameters.pointer)
    layout.packPenalty(settings.penalty, into: penalty.pointer)
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
  /// A training from given weights, for measurements; with `fixedMask` weights that are zero stay so, without
  /// `skipsZeros` steps compute with them even where that is slower.
  package convenience init(
    startingFrom parameters: NetworkParameters, settings: TrainingSettings, samples: TrainingSamples,
    kernels: Kernels, fixedMask: Bool, skipsZeros: Bool
  ) {
    self.init(
      initial: parameters, settings: settings, seed: 1, samples: samples, kernels: kernels,
      selection: fixedMask ? .fixedMask : nil, skipsZeros: skipsZeros)
  }
}
