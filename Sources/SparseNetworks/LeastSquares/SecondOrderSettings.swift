/// How a second-order method trains; its iterations are the epochs of ``TrainingSettings``, and its errors those of all
/// samples, or of windows or runs from their first row to their last, as many as the batch size at most, evenly spaced.
package struct SecondOrderSettings: Hashable, Sendable, Codable {
  /// The method.
  package enum Method: String, Hashable, Sendable, Codable, CaseIterable {
    /// Levenberg-Marquardt up to ``mostForLevenbergMarquardt`` parameters, L-BFGS beyond.
    case automatic
    /// Gauss-Newton steps, damped (Marquardt 1963): few iterations of O(errors x parameters²).
    case levenbergMarquardt = "levenberg-marquardt"
    /// Quasi-Newton steps along the gradients of the last iterations (Liu & Nocedal 1989): O(errors x parameters).
    case lbfgs
  }

  /// The method.
  package var method: Method
  /// Weight of the sum of the squared parameters beside the mean loss; >= 0.
  package var ridge: Double
  /// The training ends at an iteration that makes the sum of both smaller by less than this share; >= 0.
  package var tolerance: Double

  /// Settings of given values.
  package init(method: Method, ridge: Double, tolerance: Double) {
    (self.method, self.ridge, self.tolerance) = (method, ridge, tolerance)
  }
}
