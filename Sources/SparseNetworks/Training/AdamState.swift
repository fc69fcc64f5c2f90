import TrainingKernels

/// Packed parameters with Adam's moments and the running powers of its decays.
final class AdamState {
  let parameters: AlignedBuffer<Float>
  let firstMoment: AlignedBuffer<Float>
  let secondMoment: AlignedBuffer<Float>
  /// beta1^t and beta2^t after t steps: products, not powers, so that every host gets the same.
  var beta1Power = 1.0
  var beta2Power = 1.0
  /// Follows each step; nil: no group penalty.
  var groups: GroupProximalStep?

  init(parameterCount: Int) {
    parameters = AlignedBuffer(count: parameterCount)
    firstMoment = AlignedBuffer(count: parameterCount)
    secondMoment = AlignedBuffer(count: parameterCount)
  }

  /// One step of the first `count` parameters, a multiple of 16 (default: all); `penalty` holds the l1 weight of each.
  func update(
    count: Int? = nil, gradient: UnsafePointer<Float>, penalty: UnsafePointer<Float>, method: PenaltyMethod,
    learningRate: Double,
    constants: AdamConstants, kernels: Kernels
  ) {
    beta1Power *= constants.beta1
    beta2Power *= constants.beta2
    let correction = (1 - beta2Power).squareRoot()
    let adam = potline_adam(
      beta1: Float(constants.beta1), beta2: Float(constants.beta2), oneMinusBeta1: Float(1 - constants.beta1),
      oneMinusBeta2: Float(1 - constants.beta2), rate: Float(learningRate * correction / (1 - beta1Power)),
      epsilon: Float(constants.epsilon * correction))
    var arguments = potline_update_arguments(
      count: Int32(count ?? parameters.count), parameters: parameters.pointer, m: firstMoment.pointer,
      v: secondMoment.pointer, gradient: gradient, penalty: penalty, method: method.kernelMethod, adam: adam)
    kernels.table.pointee.update(&arguments)
    groups?.apply(
      to: parameters.pointer, secondMoment: secondMoment.pointer, rate: Double(adam.rate),
      epsilon: Double(adam.epsilon))
  }
}

// MARK: - Checkpoints

extension AdamState {
  /// A checkpoint of the training that this state belongs to.
  func checkpoint(
    step: Int, trainingCurve: [Double], epochErrorSum: Double, isActive: [UInt8]?
  ) -> TrainingCheckpoint {
    TrainingCheckpoint(
      step: step, trainingCurve: trainingCurve, epochErrorSum: epochErrorSum, beta1Power: beta1Power,
      beta2Power: beta2Power, parameters: Array(parameters.values), firstMoment: Array(firstMoment.values),
      secondMoment: Array(secondMoment.values), isActive: isActive)
  }

  /// Takes parameters, moments and powers from a checkpoint, unless its sizes are not those of this state, its step is not
  /// of this training, or it selects weights where the training takes all.
  func restore(
    _ checkpoint: TrainingCheckpoint, totalSteps: Int, stepsPerEpoch: Int, selectsWeights: Bool
  ) throws(TrainingCheckpointError) {
    let arrays = [checkpoint.parameters, checkpoint.firstMoment, checkpoint.secondMoment]
    guard arrays.allSatisfy({ $0.count == parameters.count }), (0...totalSteps).contains(checkpoint.step),
      checkpoint.trainingCurve.count == checkpoint.step / stepsPerEpoch,
      checkpoint.isActive.map({ $0.count == parameters.count && selectsWeights }) ?? true
    else { throw .otherTraining }
    parameters.copy(from: checkpoint.parameters)
    firstMoment.copy(from: checkpoint.firstMoment)
    secondMoment.copy(from: checkpoint.secondMoment)
    beta1Power = checkpoint.beta1Power
    beta2Power = checkpoint.beta2Power
  }
}
