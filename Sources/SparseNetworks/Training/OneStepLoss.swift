import TrainingKernels

/// What a training on measured regressors compares: under noise a difference over several steps is more exact than that of
/// one, whose noise is as large as the step is short.
package struct OneStepLoss: Hashable, Sendable, Codable {
  /// The two ways to use more than one step.
  package enum Form: String, Codable, Hashable, Sendable, CaseIterable {
    /// The network's output is compared with the mean rate of an output over `steps` steps, of which the predicted one is in
    /// the middle: noise falls with the number of steps, and fast changes are smoothed.
    case difference
    /// The mean of the network's outputs over `steps` steps is compared with the mean rate over the same steps, so that
    /// nothing is smoothed: the integral of the model along the measured run against that run's own difference.
    case integral
  }

  /// The form.
  package var form: Form
  /// Steps of a difference; >= 1.
  package var steps: Int

  /// A loss of given form; by default the difference of one step.
  package init(form: Form = .difference, steps: Int = 1) {
    (self.form, self.steps) = (form, steps)
  }

  /// Steps of the differences in the samples: for the integral form single ones, whose residuals are averaged.
  package var stepsOfTargets: Int { form == .difference ? steps : 1 }
}

/// The integral form of a batch: windows of consecutive samples, whose residuals are replaced by their mean.
///
/// A window of k steps has the error e = (1/k) sum of (f(z_j) - t_j), and the gradient of e² with respect to f(z_j) is 2 e / k.
/// So samples with the targets f(z_j) - e give loss and gradient of the mean over windows by the same kernels as single
/// steps. A step costs a forward pass over the windows' samples more.
final class IntegralBatch {
  /// The samples of the batch under way, window after window.
  let samples: TrainingSamples
  /// 0, 1, 2, ...
  let order: AlignedBuffer<UInt32>
  private let steps: Int
  private let source: TrainingSamples
  private let layout: KernelLayout
  private let kernels: Kernels
  private let activations: AlignedBuffer<Float>
  private let runs: [Range<Int>]

  /// For batches of up to that many windows. Precondition: each run of the samples has at least as many samples as a window.
  init(windows: Int, steps: Int, of source: TrainingSamples, layout: KernelLayout, kernels: Kernels) {
    precondition(source.runs.allSatisfy { $0.count >= steps })
    (self.steps, self.source, self.layout, self.kernels) = (steps, source, layout, kernels)
    let count = windows * steps
    samples = TrainingSamples(count: count, inputs: source.inputs, targets: source.targets) { _, _ in }
    order = AlignedBuffer(count: count + Trainer.orderPadding)
    for k in 0..<count { order.pointer[k] = UInt32(k) }
    activations = AlignedBuffer(
      count: (count + POTLINE_LANES - 1) / POTLINE_LANES * layout.activationRows * POTLINE_LANES)
    runs = source.runs
  }

  /// Fills ``samples`` with windows that begin at these samples, or as early as their run's end demands. Returns the number
  /// of samples.
  func fill(_ starts: UnsafePointer<UInt32>, count: Int, parameters: UnsafePointer<Float>) -> Int {
    let (stride, lanes) = (source.rowStride, POTLINE_LANES)
    let tileSize = layout.activationRows * lanes
    for window in 0..<count {
      let start = self.start(Int(starts[window]))
      for j in 0..<steps {
        let row = source.pointer + (start + j) * stride
        let sample = window * steps + j
        (samples.writablePointer + sample * stride).update(from: row, count: source.inputs + source.targets)
        let x = activations.pointer + sample / lanes * tileSize + sample % lanes
        for i in 0..<source.inputs { x[i * lanes] = row[i] }
        x[source.inputs * lanes] = 1
      }
    }
    let used = count * steps
    withUnsafePointer(to: layout.network) { network in
      var arguments = potline_forward_arguments(
        network: network, parameters: parameters, X: activations.pointer,
        tiles: Int32((used + lanes - 1) / lanes))
      kernels.table.pointee.forward(&arguments)
    }
    let outputRow = Int(layout.network.layers[Int(layout.network.layerCount) - 1].outputStart)
    for window in 0..<count {
      for output in 0..<source.targets {
        func value(_ sample: Int) -> Float {
          activations.pointer[sample / lanes * tileSize + (outputRow + output) * lanes + sample % lanes]
        }
        var sum: Float = 0
        for j in 0..<steps {
          let sample = window * steps + j
          sum += value(sample) - samples.pointer[sample * stride + source.inputs + output]
        }
        let mean = sum / Float(steps)
        for j in 0..<steps {
          let sample = window * steps + j
          samples.writablePointer[sample * stride + source.inputs + output] = value(sample) - mean
        }
      }
    }
    return used
  }

  private func start(_ sample: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if runs[middle].lowerBound <= sample { low = middle } else { high = middle }
    }
    return min(sample, runs[low].upperBound - steps)
  }
}
