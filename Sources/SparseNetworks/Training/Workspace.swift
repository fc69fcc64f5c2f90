import TrainingKernels

/// The memory of one training step and the calls into the kernels. Not for two threads at once.
final class Workspace {
  let layout: KernelLayout
  let kernels: Kernels
  let activations: AlignedBuffer<Float>
  /// Targets, and deltas that are not kept.
  let targets: AlignedBuffer<Float>
  let deltas: AlignedBuffer<Float>
  let gradient: AlignedBuffer<Float>

  init(layout: KernelLayout, batchSize: Int, kernels: Kernels) {
    let lanes = POTLINE_LANES
    let tiles = (batchSize + lanes - 1) / lanes
    self.layout = layout
    self.kernels = kernels
    activations = AlignedBuffer(count: tiles * layout.activationRows * lanes)
    let widest = Int(layout.network.widestOutputs)
    targets = AlignedBuffer(
      count: max(8 * layout.shape.outputs, 2 * (layout.shape.outputs + 2 * widest)) * lanes)
    deltas = AlignedBuffer(count: tiles * layout.deltaRows * lanes)
    gradient = AlignedBuffer(count: layout.parameterCount + 16)
  }

  /// The mean squared error of the batch `order[0 ..< count]`; its gradient goes to `gradient`, in packed order.
  /// Meanwhile the `nextCount` samples after them in the order are brought towards the cache.
  func computeGradient(
    parameters: UnsafePointer<Float>, samples: TrainingSamples, order: UnsafePointer<UInt32>, count: Int,
    nextCount: Int = 0
  ) -> Double {
    var network = layout.network
    var rows = samples.kernelSamples
    let scale = 1 / Double(count * layout.shape.outputs)
    let sum = kernels.table.pointee.gradient(
      &network, parameters, &rows, order, Int32(count), Int32(nextCount), activations.pointer,
      targets.pointer,
      deltas.pointer, Float(scale), gradient.pointer)
    return Double(sum) * scale
  }
}

extension Workspace {
  /// As `computeGradient`, computing with the active weights alone. The gradient is that of the active parameters in
  /// their order, or, with `allWeights`, of all packed parameters; `gradient` has room for 16 more.
  func computeGradient(
    of weights: ActiveWeights, parameters: UnsafePointer<Float>, samples: TrainingSamples,
    order: UnsafePointer<UInt32>, count: Int, nextCount: Int = 0, allWeights: Bool,
    gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    var network = layout.network
    var rows = samples.kernelSamples
    let scale = 1 / Double(count * layout.shape.outputs)
    let sum = kernels.table.pointee.activeGradient(
      &network, weights.layers.pointer, parameters, &rows, order, Int32(count), Int32(nextCount),
      activations.pointer, targets.pointer, deltas.pointer, Float(scale),
      allWeights ? POTLINE_GRADIENT_ALL : POTLINE_GRADIENT_ACTIVE, weights.lanes.pointer, gradient)
    return Double(sum) * scale
  }
}

extension TrainingSamples {
  fileprivate var kernelSamples: potline_samples {
    potline_samples(
      rows: pointer, count: Int64(count), rowStride: Int32(rowStride), targetStart: Int32(inputs))
  }
}
