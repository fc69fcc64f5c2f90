/// A training of one network, step by step. The result depends on what it was made with alone: not on the instruction set,
/// nor on where it was stopped and continued from a checkpoint.
package protocol NetworkTraining: AnyObject {
  /// Steps done so far, over all epochs.
  var step: Int { get }
  /// Steps of the whole training.
  var totalSteps: Int { get }
  /// Whether all epochs are done.
  var isFinished: Bool { get }
  /// Mean loss of each finished epoch.
  var trainingCurve: [Double] { get }
  /// The weights as they are now.
  var parameters: NetworkParameters { get }
  /// The hidden states at the start of each run [runs, hidden states], where they are trained; otherwise empty.
  var initialStates: [Double] { get }
  /// All that the training needs to go on; continued from here it ends in the same bits.
  var checkpoint: TrainingCheckpoint { get }

  /// Trains up to `steps` more steps, fewer if the training ends.
  ///
  /// Returns the mean loss of the last batch. Throws ``NonFiniteLoss`` at the step whose loss is not finite; the training
  /// can't continue from there.
  @discardableResult
  func train(steps: Int) throws -> Double

  /// Continues from a checkpoint of a training that was made with the same arguments.
  ///
  /// Throws ``TrainingCheckpointError`` if its sizes are not those of this training.
  func restore(_ checkpoint: TrainingCheckpoint) throws
}

extension NetworkTraining {
  package var initialStates: [Double] { [] }
}
