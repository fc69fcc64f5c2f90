/// The state of a training between two screenings: parameters and moments of the active weights alone.
///
/// Weights that are not active are exactly zero and keep their moments in the dense state.
final class ActiveSet {
  /// Which packed parameters are active.
  let isActive: AlignedBuffer<UInt8>
  /// The choice of each layer's method.
  var methodTrial: MethodTrial

  private let network: MaskedNetwork
  private let adam: AdamState
  private let penalty: AlignedBuffer<Float>
  private let gradient: AlignedBuffer<Float>
  private let dense: AdamState
  private let densePenalty: AlignedBuffer<Float>

  init(layout: KernelLayout, dense: AdamState, penalty densePenalty: AlignedBuffer<Float>) {
    self.dense = dense
    self.densePenalty = densePenalty
    isActive = AlignedBuffer(count: layout.parameterCount)
    network = MaskedNetwork(layout: layout)
    methodTrial = MethodTrial(layerCount: layout.shape.layers.count)
    adam = AdamState(parameterCount: network.capacity)
    penalty = AlignedBuffer(count: network.capacity)
    gradient = AlignedBuffer(count: network.capacity)
    adam.groups = GroupProximalStep(dense.groups)
  }

  /// Number of active weights and biases.
  var count: Int { network.activeCount }

  /// Makes the weights active that are not zero. O(weights).
  func selectNonzero() {
    let parameters = dense.parameters.pointer
    for k in 0..<isActive.count { isActive.pointer[k] = parameters[k] == 0 ? 0 : 1 }
    load()
  }

  /// Takes parameters and moments of the active weights from the dense state. O(weights).
  func load() {
    network.fill(isActive: isActive.pointer, methods: methodTrial.methods)
    for e in 0..<network.parameterCount {
      let k = Int(network.packedIndex.pointer[e])
      // What is no parameter must stay finite, and is not used.
      adam.parameters.pointer[e] = k < 0 ? 0 : dense.parameters.pointer[k]
      adam.firstMoment.pointer[e] = k < 0 ? 0 : dense.firstMoment.pointer[k]
      adam.secondMoment.pointer[e] = k < 0 ? 0 : dense.secondMoment.pointer[k]
      penalty.pointer[e] = k < 0 ? 0 : densePenalty.pointer[k]
      // Of weights into units that no other reads the kernels give no gradient: it is zero.
      gradient.pointer[e] = 0
    }
    (adam.beta1Power, adam.beta2Power) = (dense.beta1Power, dense.beta2Power)
    adam.groups?.select(count: network.parameterCount, packedIndex: network.packedIndex.pointer)
  }

  /// Brings the active weights' parameters and moments into the dense state. O(active weights).
  func store() {
    for e in 0..<network.parameterCount {
      let k = Int(network.packedIndex.pointer[e])
      if k < 0 { continue }
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
    if methodTrial.methods != network.methods {
      store()
      load()
    }
    methodTrial.begin(isFullBatch: count == min(settings.batchSize, samples.count))
    let loss = workspace.computeGradient(
      of: network.weights, parameters: adam.parameters.pointer, samples: samples, order: order, count: count,
      nextCount: nextCount, allWeights: false, gradient: gradient.pointer)
    if loss.isFinite {
      adam.update(
        count: network.parameterCount, gradient: gradient.pointer, penalty: penalty.pointer,
        method: settings.penalty.method, learningRate: learningRate, constants: settings.adam,
        kernels: workspace.kernels)
    }
    methodTrial.end()
    return loss
  }
}
