import ReproducibleMath
import TrainingKernels

/// The function of a network's hidden units. The last layer is linear.
///
/// A new one needs a case here, with its row in each member below, and its code in `activation.h` of the kernels.
package enum Activation: String, Codable, Hashable, Sendable, CaseIterable {
  /// max(0, sum): units switch off, and the network is piecewise affine.
  case relu
  /// tanh(sum): smooth, bounded, odd.
  case tanh

  /// A unit's value from its sum, to the rounding of float64, the same bits on every host.
  package func value(_ sum: Double) -> Double {
    switch self {
    case .relu: max(0, sum)
    case .tanh: Reproducible.tanh(sum)
    }
  }

  /// The derivative by the sum, from the value.
  package func derivative(atValue value: Double) -> Double {
    switch self {
    case .relu: value > 0 ? 1 : 0
    case .tanh: 1 - value * value
    }
  }

  /// Variance of an initial weight times the number of columns that its unit reads, so that units vary about as much in
  /// every layer. Half of a ReLU's sums are lost, so it needs twice as much (He et al. 2015, eq. 10). tanh is near the
  /// identity at first: 1 (LeCun et al., "Efficient BackProp", 1998, section 4.6). Glorot's mean of fan-in and fan-out
  /// would depend on how many layers an input skip feeds.
  package var initialVariance: Double {
    switch self {
    case .relu: 2
    case .tanh: 1
    }
  }

  /// Whether a network of such units is an affine function in each of some regions of its inputs.
  package var isPiecewiseAffine: Bool {
    switch self {
    case .relu: true
    case .tanh: false
    }
  }

  /// A unit's equation with this text for its sum: "max(0, 0.3 + x1)".
  package func equation(ofSum sum: String) -> String {
    switch self {
    case .relu: "max(0, \(sum))"
    case .tanh: "tanh(\(sum))"
    }
  }

  /// The kernels' number of it.
  var kernelActivation: potline_activation {
    switch self {
    case .relu: POTLINE_ACTIVATION_RELU
    case .tanh: POTLINE_ACTIVATION_TANH
    }
  }
}
