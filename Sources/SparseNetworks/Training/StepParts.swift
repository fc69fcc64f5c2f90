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

  /// The parts for these weights and samples, with the first batch gathered. Precondition: at least one full batch.
  package init(
    parameters: NetworkParameters, settings: TrainingSettings, samples: TrainingSamples, kernels: Kernels
  ) {
    precondition(settings.batchSize <= samples.count)
    let layout = KernelLayout(shape: parameters.shape)
    (self.samples, self.settings, batchSize) = (samples, settings, settings.batchSize)
    workspace = Workspace(layout: layout, batchSize: batchSize, kernels: kernels)
    adam = AdamState(parameterCount: layout.parameterCount)
    penalty = AlignedBuffer(count: layout.parameterCount)
    order = AlignedBuffer(count: samples.count)
    layout.pack(parameters, into: adam.parameters.pointer)
    layout.packPenalty(settings.penalty, into: penalty.pointer)
    shuffle()
    workspace.gather(samples, order: order.pointer, count: batchSize, nextCount: 0)
  }

  /// A new order of all samples.
  package func shuffle() {
    Trainer.shuffle(order, seed: 1, epoch: epoch, kernels: workspace.kernels)
    epoch += 1
  }

  /// Loss and gradient of the gathered batch.
  package func gradient() {
    _ = workspace.computeGradient(parameters: adam.parameters.pointer, count: batchSize)
  }

  /// Adam with the penalty, at a learning rate of 0: the weights stay.
  package func update() {
    adam.update(
      gradient: workspace.gradient.pointer, penalty: penalty.pointer, method: settings.penalty.method,
      learningRate: 0, constants: settings.adam, kernels: workspace.kernels)
  }

  /// The forward pass of the gathered batch alone.
  package func forward() {
    var network = workspace.layout.network
    let tiles = (batchSize + POTLINE_LANES - 1) / POTLINE_LANES
    workspace.kernels.table.pointee.forward(
      &network, adam.parameters.pointer, workspace.activations.pointer, Int32(tiles))
  }
}

extension Trainer {
  /// A training from given weights, for measurements.
  package convenience init(
    startingFrom parameters: NetworkParameters, settings: TrainingSettings, samples: TrainingSamples,
    kernels: Kernels
  ) {
    self.init(initial: parameters, settings: settings, seed: 1, samples: samples, kernels: kernels)
  }
}
