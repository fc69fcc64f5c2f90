import TrainingKernels

/// Prunes a network by the Hessian of its cost: a weight's saliency is w² / 2[H⁻¹] of its own place, what the cost rises by
/// when it goes and the others are corrected for it.
///
/// Source: Hassibi & Stork, "Second order derivatives for network pruning: optimal brain surgeon" (1993); several weights go at
/// a time, and the correction is that for all of them.
package struct OptimalBrainSurgeon {
  private static let firstDamping = 1e-9

  private let problem: SquaresProblem
  private let values: [Double]
  /// H⁻¹, [padded, padded].
  private let inverse: AlignedBuffer<Double>
  private let kernels: Kernels

  /// The surgeon of a network that was trained on these data with these settings. O(errors x parameters² + parameters³).
  ///
  /// Throws ``SimulationTrainingError`` for runs that are too short. Precondition: the settings have a second-order method.
  package init(
    _ network: NetworkParameters, initialStates: [Double] = [], settings: TrainingSettings, data: SquaresData,
    kernels: Kernels
  ) throws(SimulationTrainingError) {
    let left = network.thresholded(0)
    problem = try SquaresProblem(FreeParameters(left), settings: settings, data: data, kernels: kernels)
    values = problem.values(in: left, initialStates: initialStates)
    self.kernels = kernels
    _ = problem.point(at: values)
    problem.computeNormalEquations(at: values)
    inverse = Self.inverse(of: problem.normal, problem.count, problem.padded, kernels)
  }

  /// The network with the weights of the greatest saliency, at most `count` of them, corrected for those that are gone; and
  /// the initial hidden states. Where the Hessian says too little, and plain removal costs less, nothing is corrected.
  package func keeping(_ count: Int) -> (NetworkParameters, initialStates: [Double]) {
    let weights = problem.free.places.indices.filter { problem.free.places[$0].column != nil }
    let saliency = weights.map { k in values[k] * values[k] / inverse.pointer[k * problem.padded + k] }
    let ranked = zip(weights, saliency).enumerated().sorted { a, b in
      a.element.1 < b.element.1 || a.element.1 == b.element.1 && a.offset > b.offset
    }
    let dropped = ranked.prefix(max(0, weights.count - count)).map(\.element.0).sorted()
    var plain = values
    for k in dropped { plain[k] = 0 }
    var best = plain
    if let corrected = corrected(without: dropped),
      problem.point(at: corrected).cost < problem.point(at: plain).cost
    {
      best = corrected
    }
    let network = problem.free.network(best[..<problem.free.count]).thresholded(0)
    return (network, problem.initialStates(in: best))
  }

  /// p - H⁻¹[:, dropped] H⁻¹[dropped, dropped]⁻¹ p[dropped]; nil if that can't be solved.
  private func corrected(without dropped: [Int]) -> [Double]? {
    let (n, padded) = (dropped.count, problem.padded)
    let stride = (n + 7) / 8 * 8
    let matrix = AlignedBuffer<Double>(count: n * stride)
    let right = AlignedBuffer<Double>(count: n * 8)
    for (i, a) in dropped.enumerated() {
      for (j, b) in dropped.enumerated() { matrix.pointer[i * stride + j] = inverse.pointer[a * padded + b] }
      right.pointer[i * 8] = values[a]
    }
    guard kernels.table.pointee.factorise(matrix.pointer, Int32(n), Int32(stride)) != 0 else { return nil }
    kernels.table.pointee.substitute(matrix.pointer, Int32(n), Int32(stride), right.pointer, 8)
    var result = values
    for k in result.indices {
      for (i, a) in dropped.enumerated() {
        result[k] -= inverse.pointer[k * padded + a] * right.pointer[i * 8]
      }
    }
    for k in dropped { result[k] = 0 }
    return result.allSatisfy(\.isFinite) ? result : nil
  }

  /// The inverse of a symmetric matrix, with more and more added to its diagonal until it is positive definite.
  private static func inverse(
    of normal: AlignedBuffer<Double>, _ count: Int, _ padded: Int, _ kernels: Kernels
  ) -> AlignedBuffer<Double> {
    let factor = AlignedBuffer<Double>(count: padded * padded)
    let result = AlignedBuffer<Double>(count: padded * padded)
    let most = (0..<count).map { normal.pointer[$0 * padded + $0] }.max() ?? 0
    var damping = 0.0
    while true {
      factor.copy(from: normal.values)
      for k in 0..<count { factor.pointer[k * padded + k] += damping * most + .leastNormalMagnitude }
      if kernels.table.pointee.factorise(factor.pointer, Int32(count), Int32(padded)) != 0 { break }
      damping = damping == 0 ? firstDamping : damping * 10
      // Not finite: the saliencies are those of magnitudes.
      if damping > 1e9 {
        for k in 0..<count { result.pointer[k * padded + k] = 1 }
        return result
      }
    }
    for k in 0..<count { result.pointer[k * padded + k] = 1 }
    kernels.table.pointee.substitute(
      factor.pointer, Int32(count), Int32(padded), result.pointer, Int32(padded))
    return result
  }
}
