import TrainingKernels

extension Kernels {
  /// Operations of one repetition of ``multiplyAdds(repetitions:)``; a multiply-add counts as two.
  package static let operationsPerRepetition = 2 * POTLINE_PEAK_MULTIPLY_ADDS

  /// Multiply-adds on values in registers, as many a second as the processor can. Returns a number that depends on all
  /// of them: how many values there were, since each tends to 1.
  @discardableResult
  package func multiplyAdds(repetitions: Int) -> Double {
    table.pointee.multiplyAdds(Int64(repetitions), 0.5, 0.5)
  }
}
