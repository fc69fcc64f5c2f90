import TrainingKernels

/// Damped Gauss-Newton steps: each solves (H + damping diag H) step = gradient, H = J'J / errors + ridge, and takes the step if
/// it makes the cost smaller; otherwise the damping grows. O(errors x parameters² + parameters³) an iteration.
///
/// Source: Marquardt, "An algorithm for least-squares estimation of nonlinear parameters" (1963).
struct LevenbergMarquardt: SecondOrderMethod {
  private static let tries = 10
  private static let dampings = 1e-12...1e12
  private static let (decrease, increase) = (5.0, 4.0)

  private var damping = 1e-2

  var state: [Double] { [damping] }

  mutating func restore(_ state: [Double], _ problem: SquaresProblem) -> Bool {
    guard state.count == 1, Self.dampings.contains(state[0]) else { return false }
    damping = state[0]
    return true
  }

  mutating func improve(
    _ point: SquaresPoint, of problem: SquaresProblem, _ kernels: Kernels
  ) -> SquaresPoint? {
    problem.computeNormalEquations(at: point.values)
    for _ in 0..<Self.tries {
      if let step = step(of: problem, kernels) {
        let next = problem.point(at: zip(point.values, step).map { $0 - $1 })
        if next.cost < point.cost {
          damping = max(damping / Self.decrease, Self.dampings.lowerBound)
          return next
        }
      }
      damping = min(damping * Self.increase, Self.dampings.upperBound)
    }
    return nil
  }

  /// The end of the first step that is tried.
  func firstStep(from point: SquaresPoint, of problem: SquaresProblem, _ kernels: Kernels) -> SquaresPoint? {
    problem.computeNormalEquations(at: point.values)
    return step(of: problem, kernels).map { step in
      problem.point(at: zip(point.values, step).map { $0 - $1 })
    }
  }

  /// The step with the present damping; nil: it can't be computed.
  private func step(of problem: SquaresProblem, _ kernels: Kernels) -> [Double]? {
    let (n, padded) = (problem.count, problem.padded)
    let factor = AlignedBuffer<Double>(count: padded * padded)
    let right = AlignedBuffer<Double>(count: n * 8)
    factor.copy(from: problem.normal.values)
    for k in 0..<n {
      let diagonal = problem.normal.pointer[k * padded + k]
      factor.pointer[k * padded + k] = diagonal + damping * max(diagonal, .leastNormalMagnitude)
      right.pointer[k * 8] = problem.gradient.pointer[k]
    }
    guard kernels.table.pointee.factorise(factor.pointer, Int32(n), Int32(padded)) != 0 else { return nil }
    kernels.table.pointee.substitute(factor.pointer, Int32(n), Int32(padded), right.pointer, 8)
    return (0..<n).map { right.pointer[$0 * 8] }
  }
}
