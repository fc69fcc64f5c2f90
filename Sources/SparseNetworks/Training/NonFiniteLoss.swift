/// The loss became infinite or not a number: the training diverged.
package struct NonFiniteLoss: Error, Equatable, CustomStringConvertible {
  /// Epoch, counted from 1.
  package let epoch: Int
  /// Step over all epochs, counted from 1.
  package let step: Int

  /// The loss of this step was the first that isn't finite.
  package init(epoch: Int, step: Int) {
    (self.epoch, self.step) = (epoch, step)
  }

  /// The same, counted from the start of a training that went before.
  package func after(epochs: Int, steps: Int) -> NonFiniteLoss {
    NonFiniteLoss(epoch: epochs + epoch, step: steps + step)
  }

  /// Where it happened.
  package var description: String {
    "the training diverged: the loss is not finite in epoch \(epoch), step \(step)"
  }
}
