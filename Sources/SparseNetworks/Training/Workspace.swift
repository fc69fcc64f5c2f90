import TrainingKernels

/// The memory of one training step and the calls into the kernels. Not for two threads at once.
final class Workspace {
  let layout: KernelLayout
  let kernels: Kernels
  let activations: AlignedBuffer<Float>
  let gradient: AlignedBuffer<Float>
  private let loss: potline_loss
  /// Targets, and deltas that are not kept.
  private let scratch: AlignedBuffer<Float>
  private let deltas: AlignedBuffer<Float>

  init(layout: KernelLayout, batchSize: Int, loss: Loss = .squared, kernels: Kernels) {
    let lanes = POTLINE_LANES
    let tiles = (batchSize + lanes - 1) / lanes
    self.layout = layout
    self.kernels = kernels
    self.loss = loss.kernelLoss
    activations = AlignedBuffer(count: tiles * layout.activationRows * lanes)
    let (outputs, widest) = (layout.shape.outputs, Int(layout.network.widestOutputs))
    scratch = AlignedBuffer(
      count: max(
        POTLINE_MAX_SPARSE_TILES * outputs, POTLINE_MAX_DENSE_TILES * (outputs + 2 * widest)) * lanes)
    deltas = AlignedBuffer(count: tiles * layout.deltaRows * lanes)
    gradient = AlignedBuffer(count: layout.parameterCount + 16)
  }

  /// The mean loss of the batch `order[0 ..< count]`; its gradient goes to `gradient`, in packed order. Meanwhile the
  /// `nextCount` samples after them in the order are prefetched.
  func computeGradient(
    parameters: UnsafePointer<Float>, samples: TrainingSamples, order: UnsafePointer<UInt32>, count: Int,
    nextCount: Int = 0
  ) -> Double {
    withArguments(layout.network, parameters, samples, order, count, nextCount, gradient.pointer) {
      arguments in
      kernels.table.pointee.gradient(&arguments)
    }
  }

  /// As above, computing with the active weights alone. The gradient is that of the active parameters in their order, or,
  /// with `allWeights`, of all packed parameters; `gradient` has room for 16 more.
  func computeGradient(
    of weights: ActiveWeights, parameters: UnsafePointer<Float>, samples: TrainingSamples,
    order: UnsafePointer<UInt32>, count: Int, nextCount: Int = 0, allWeights: Bool,
    gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    withArguments(weights.network, parameters, samples, order, count, nextCount, gradient) { arguments in
      var active = potline_active_gradient_arguments(
        step: arguments, layers: weights.layers.pointer,
        which: allWeights ? POTLINE_GRADIENT_ALL : POTLINE_GRADIENT_ACTIVE,
        partialSums: weights.partialSums.pointer)
      return kernels.table.pointee.activeGradient(&active)
    }
  }

  private func withArguments(
    _ network: potline_network, _ parameters: UnsafePointer<Float>, _ samples: TrainingSamples,
    _ order: UnsafePointer<UInt32>,
    _ count: Int, _ nextCount: Int, _ gradient: UnsafeMutablePointer<Float>,
    _ body: (inout potline_gradient_arguments) -> Float
  ) -> Double {
    var rows = potline_samples(
      rows: samples.pointer, count: Int64(samples.count), rowStride: Int32(samples.rowStride),
      targetStart: Int32(samples.inputs))
    let scale = 1 / Double(count * layout.shape.outputs)
    return withUnsafePointer(to: network) { network in
      withUnsafePointer(to: &rows) { rows in
        var arguments = potline_gradient_arguments(
          network: network, parameters: parameters, samples: rows, order: order, count: Int32(count),
          nextCount: Int32(nextCount), loss: loss, scale: Float(scale), X: activations.pointer,
          D: deltas.pointer, scratch: scratch.pointer, gradient: gradient)
        return Double(body(&arguments)) * scale
      }
    }
  }
}
