/// The loss became infinite or not a number: the training diverged.
package struct NonFiniteLoss: Error, Equatable {
  /// Epoch, counted from 1.
  package let epoch: Int
  /// Step over all epochs, counted from 1.
  package let step: Int

  init(epoch: Int, step: Int) {
    (self.epoch, self.step) = (epoch, step)
  }

  /// The same, counted from the start of a training that went before.
  package func after(epochs: Int, steps: Int) -> NonFiniteLoss {
    NonFiniteLoss(epoch: epochs + epoch, step: steps + step)
  }
}

extension NonFiniteLoss: LosslessStringConvertible {
  private static var beginning: String { "the training diverged: the loss is not finite in epoch " }
  private static var middle: String { ", step " }

  /// Where it happened.
  package var description: String { "\(Self.beginning)\(epoch)\(Self.middle)\(step)" }

  /// The error that a description tells of, which may have come over the wire; nil for any other text.
  package init?(_ description: String) {
    guard description.hasPrefix(Self.beginning) else { return nil }
    let numbers = description.dropFirst(Self.beginning.count).split(separator: Self.middle).map { Int($0) }
    guard numbers.count == 2, let epoch = numbers[0], let step = numbers[1] else { return nil }
    self.init(epoch: epoch, step: step)
  }
}
