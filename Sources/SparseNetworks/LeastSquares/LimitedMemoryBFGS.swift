/// Quasi-Newton steps from the last gradients, with a line search for the weak Wolfe conditions.
/// O(errors x weights) a gradient, one or two an iteration.
///
/// Sources: Liu & Nocedal, "On the limited memory BFGS method for large scale optimization" (1989); the line search by
/// bisection of Lewis & Overton, "Nonsmooth optimization via quasi-Newton methods" (2013), which also bears the kinks of ReLU.
struct LimitedMemoryBFGS: SecondOrderMethod {
  private static let memory = 10
  private static let tries = 25
  /// Armijo's and Wolfe's constants.
  private static let (decrease, curvature) = (1e-4, 0.9)

  /// Differences of the parameters and of the gradients between iterations, the oldest first.
  private var pairs: [(step: [Double], change: [Double])] = []
  /// The gradient at the present point; empty until it is computed.
  private var gradient: [Double] = []

  var state: [Double] { pairs.flatMap { $0.step + $0.change } }

  mutating func restore(_ state: [Double], _ problem: SquaresProblem) -> Bool {
    let n = problem.count
    guard n > 0, state.count % (2 * n) == 0, state.count <= 2 * n * Self.memory else { return false }
    pairs = stride(from: 0, to: state.count, by: 2 * n).map {
      (Array(state[$0..<$0 + n]), Array(state[$0 + n..<$0 + 2 * n]))
    }
    gradient = []
    return true
  }

  mutating func improve(
    _ point: SquaresPoint, of problem: SquaresProblem, _ kernels: Kernels
  ) -> SquaresPoint? {
    if gradient.isEmpty { (_, gradient) = problem.gradientPoint(at: point.values) }
    var direction = self.direction()
    var slope = Self.product(direction, gradient)
    if !(slope < 0) {
      // The memory misleads: down the gradient.
      pairs = []
      direction = self.direction()
      slope = Self.product(direction, gradient)
    }
    guard slope < 0 else { return nil }
    var (low, high) = (0.0, Double.infinity)
    var length = 1.0
    var best: (point: SquaresPoint, gradient: [Double])?
    for _ in 0..<Self.tries {
      let (next, gradient) = problem.gradientPoint(at: zip(point.values, direction).map { $0 + length * $1 })
      // The gradients are halves.
      if !(next.cost <= point.cost + 2 * Self.decrease * length * slope) {
        high = length
      } else {
        best = (next, gradient)
        if Self.product(direction, gradient) >= Self.curvature * slope { break }
        low = length
      }
      length = high.isFinite ? (low + high) / 2 : 2 * low
    }
    guard let best, best.point.cost < point.cost else { return nil }
    let step = zip(best.point.values, point.values).map { $0 - $1 }
    let change = zip(best.gradient, gradient).map { $0 - $1 }
    if Self.product(step, change) > 1e-12 * Self.product(change, change).squareRoot()
      * Self.product(step, step).squareRoot()
    {
      pairs.append((step, change))
      if pairs.count > Self.memory { pairs.removeFirst() }
    }
    gradient = best.gradient
    return best.point
  }

  /// -H gradient, H from the pairs by the two-loop recursion; without pairs a step of length 1 at most.
  private func direction() -> [Double] {
    var q = gradient
    var factors: [Double] = []
    for (step, change) in pairs.reversed() {
      let factor = Self.product(step, q) / Self.product(step, change)
      for k in q.indices { q[k] -= factor * change[k] }
      factors.append(factor)
    }
    let scale =
      pairs.last.map { Self.product($0.step, $0.change) / Self.product($0.change, $0.change) }
      ?? min(1, 1 / max(Self.product(gradient, gradient).squareRoot(), .leastNormalMagnitude))
    for k in q.indices { q[k] *= scale }
    for ((step, change), factor) in zip(pairs, factors.reversed()) {
      let other = Self.product(change, q) / Self.product(step, change)
      for k in q.indices { q[k] += (factor - other) * step[k] }
    }
    return q.map { -$0 }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for k in a.indices { sum += a[k] * b[k] }
    return sum
  }
}
