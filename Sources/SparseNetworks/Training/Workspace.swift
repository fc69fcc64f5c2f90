import TrainingKernels

/// The memory of one training step and the calls into the kernels. Not for two threads at once.
final class Workspace {
  let layout: KernelLayout
  let kernels: Kernels
  let activations: AlignedBuffer<Float>
  let targets: AlignedBuffer<Float>
  let deltas: AlignedBuffer<Float>
  let gradient: AlignedBuffer<Float>

  init(layout: KernelLayout, batchSize: Int, kernels: Kernels) {
    let lanes = POTLINE_LANES
    let tiles = (batchSize + lanes - 1) / lanes
    self.layout = layout
    self.kernels = kernels
    activations = AlignedBuffer(count: tiles * layout.activationRows * lanes)
    targets = AlignedBuffer(count: tiles * layout.shape.outputs * lanes)
    deltas = AlignedBuffer(count: tiles * layout.deltaRows * lanes)
    gradient = AlignedBuffer(count: layout.parameterCount)
  }

  /// Brings the samples `order[0 ..< count]` into the lanes.
  func gather(_ samples: TrainingSamples, order: UnsafePointer<UInt32>, count: Int) {
    var network = layout.network
    var rows = samples.kernelSamples
    kernels.table.pointee.gather(&network, &rows, order, Int32(count), activations.pointer, targets.pointer)
  }

  /// The mean squared error of the gathered batch; its gradient goes to `gradient`, in packed order. Meanwhile the
  /// samples `next[0 ..< nextCount]` are brought towards the cache.
  func computeGradient(
    parameters: UnsafePointer<Float>, count: Int, samples: TrainingSamples, next: UnsafePointer<UInt32>?,
    nextCount: Int
  ) -> Double {
    var network = layout.network
    var rows = samples.kernelSamples
    let scale = 1 / Double(count * layout.shape.outputs)
    let sum = kernels.table.pointee.gradient(
      &network, parameters, activations.pointer, targets.pointer, deltas.pointer, Int32(count), Float(scale),
      gradient.pointer, &rows, next, Int32(nextCount))
    return Double(sum) * scale
  }
}

extension TrainingSamples {
  fileprivate var kernelSamples: potline_samples {
    potline_samples(
      rows: pointer, count: Int64(count), rowStride: Int32(rowStride), targetStart: Int32(inputs))
  }
}
