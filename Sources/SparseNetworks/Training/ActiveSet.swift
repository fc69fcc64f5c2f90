/// The state of a training between two screenings: parameters and moments of the active weights alone.
///
/// Weights that are not active are exactly zero and keep their moments in the dense state.
final class ActiveSet {
  /// Which packed parameters are active.
  let isActive: AlignedBuffer<UInt8>

  private let weights: ActiveWeights
  private let adam: AdamState
  private let penalty: AlignedBuffer<Float>
  private let gradient: AlignedBuffer<Float>
  private let dense: AdamState
  private let densePenalty: AlignedBuffer<Float>

  init(layout: KernelLayout, dense: AdamState, penalty densePenalty: AlignedBuffer<Float>) {
    self.dense = dense
    self.densePenalty = densePenalty
    isActive = AlignedBuffer(count: layout.parameterCount)
    weights = ActiveWeights(layout: layout, numbering: .compact)
    adam = AdamState(parameterCount: layout.parameterCount)
    penalty = AlignedBuffer(count: layout.parameterCount)
    gradient = AlignedBuffer(count: layout.parameterCount + 16)
    adam.groups = GroupProximalStep(dense.groups)
  }

  /// Number of active weights and biases.
  var count: Int { weights.count }

  /// Makes the weights active that are not zero. O(weights).
  func selectNonzero() {
    let parameters = dense.parameters.pointer
    for k in 0..<isActive.count { isActive.pointer[k] = parameters[k] == 0 ? 0 : 1 }
    load()
  }

  /// Takes parameters and moments of the active weights from the dense state. O(weights).
  func load() {
    weights.fill(isActive: isActive.pointer)
    for e in 0..<weights.count {
      let k = Int(weights.packedIndex.pointer[e])
      adam.parameters.pointer[e] = dense.parameters.pointer[k]
      adam.firstMoment.pointer[e] = dense.firstMoment.pointer[k]
      adam.secondMoment.pointer[e] = dense.secondMoment.pointer[k]
      penalty.pointer[e] = densePenalty.pointer[k]
    }
    // Of weights into units that no other reads the kernels give no gradient: it is zero.
    for e in 0..<gradient.count { gradient.pointer[e] = 0 }
    // The kernels take 16 at a time; what is past the end must stay finite, and is not used.
    for e in weights.count..<min(adam.parameters.count, (weights.count + 15) / 16 * 16) {
      adam.parameters.pointer[e] = 0
      adam.firstMoment.pointer[e] = 0
      adam.secondMoment.pointer[e] = 0
      penalty.pointer[e] = 0
    }
    (adam.beta1Power, adam.beta2Power) = (dense.beta1Power, dense.beta2Power)
    adam.groups?.select(count: weights.count, packedIndex: weights.packedIndex.pointer)
  }

  /// Brings the active weights' parameters and moments into the dense state. O(active weights).
  func store() {
    for e in 0..<weights.count {
      let k = Int(weights.packedIndex.pointer[e])
      dense.parameters.pointer[k] = adam.parameters.pointer[e]
      dense.firstMoment.pointer[k] = adam.firstMoment.pointer[e]
      dense.secondMoment.pointer[k] = adam.secondMoment.pointer[e]
    }
    (dense.beta1Power, dense.beta2Power) = (adam.beta1Power, adam.beta2Power)
  }

  /// One step on the active weights alone; returns the batch's mean loss. Nothing is changed if that is
  /// not finite.
  func step(
    _ workspace: Workspace, samples: TrainingSamples, order: UnsafePointer<UInt32>, count: Int,
    nextCount: Int,
    settings: TrainingSettings, learningRate: Double
  ) -> Double {
    let loss = workspace.computeGradient(
      of: weights, parameters: adam.parameters.pointer, samples: samples, order: order, count: count,
      nextCount: nextCount, allWeights: false, gradient: gradient.pointer)
    if loss.isFinite {
      adam.update(
        count: (weights.count + 15) / 16 * 16, gradient: gradient.pointer, penalty: penalty.pointer,
        method: settings.penalty.method, learningRate: learningRate, constants: settings.adam,
        kernels: workspace.kernels)
    }
    return loss
  }
}
