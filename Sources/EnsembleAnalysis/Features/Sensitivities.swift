import SparseNetworks

/// How strongly each output depends on each input, over the members of an ensemble and a common set of samples, in
/// standardised units: derivatives of standardised outputs by standardised inputs.
package struct Sensitivities: Sendable {
  /// Number of outputs.
  package let outputs: Int
  /// Number of inputs.
  package let inputs: Int
  /// Number of samples.
  package let samples: Int
  /// Root-mean-square derivative over the samples, of each member: [members][outputs x inputs].
  package private(set) var byMember: [[Double]] = []
  /// Root-mean-square error of the outputs over the samples, one step ahead, of each member: [members][outputs].
  package private(set) var errors: [[Double]] = []
  /// Sum over members of the derivative at each sample: [samples x outputs x columns].
  private var sums: [Float]
  /// The columns of the sums that each input stands for.
  private var columns: [Range<Int>]

  /// No member yet.
  package init(outputs: Int, inputs: Int, samples: Int) {
    (self.outputs, self.inputs, self.samples) = (outputs, inputs, samples)
    sums = .init(repeating: 0, count: samples * outputs * inputs)
    columns = (0..<inputs).map { $0..<$0 + 1 }
  }

  /// The sensitivities of groups of inputs, which follow one another: the norm of the derivatives by all inputs of a
  /// group.
  ///
  /// With standardised inputs it is how much the output moves when the group's inputs move together in the steepest direction.
  /// - Precondition: the inputs aren't grouped yet.
  package func grouped(_ groups: [Range<Int>]) -> Sensitivities {
    precondition(columns.count == inputs && groups.last?.upperBound == inputs)
    var grouped = Sensitivities(outputs: outputs, inputs: groups.count, samples: samples, sums, groups)
    grouped.errors = errors
    grouped.byMember = byMember.map { member in
      (0..<outputs).flatMap { output in
        groups.map { group in
          if group.count == 1 { return member[output * inputs + group.lowerBound] }
          return group.reduce(0) { $0 + member[output * inputs + $1] * member[output * inputs + $1] }
            .squareRoot()
        }
      }
    }
    return grouped
  }

  private init(outputs: Int, inputs: Int, samples: Int, _ sums: [Float], _ columns: [Range<Int>]) {
    (self.outputs, self.inputs, self.samples) = (outputs, inputs, samples)
    (self.sums, self.columns) = (sums, columns)
  }

  /// Adds a member by its network. O(samples x weights x outputs); no more memory for more members.
  ///
  /// - Parameters:
  ///   - network: the member's.
  ///   - points: standardised inputs, row-major [samples x inputs].
  ///   - targets: what the outputs should be there, standardised, row-major [samples x outputs].
  package mutating func add(_ network: PrunedNetwork, at points: [Float], targets: [Float]) {
    let (values, jacobians) = NetworkJacobian(network).evaluated(at: points)
    add(values: values, jacobians: jacobians, targets: targets)
  }

  /// Adds a member by its outputs and their derivatives at the samples, [samples x outputs] and [samples x outputs x inputs];
  /// outputs beyond those of `targets` are hidden states', and left out.
  mutating func add(values: [Float], jacobians: [Float], targets: [Float]) {
    let cells = outputs * inputs
    let networkOutputs = samples == 0 ? outputs : values.count / samples
    var squares = [Double](repeating: 0, count: cells)
    var residuals = [Double](repeating: 0, count: outputs)
    for sample in 0..<samples {
      for cell in 0..<cells {
        let derivative = jacobians[sample * networkOutputs * inputs + cell]
        sums[sample * cells + cell] += derivative
        squares[cell] += Double(derivative) * Double(derivative)
      }
    }
    for sample in 0..<samples {
      for output in 0..<outputs {
        let residual = Double(values[sample * networkOutputs + output] - targets[sample * outputs + output])
        residuals[output] += residual * residual
      }
    }
    byMember.append(squares.map { ($0 / Double(max(1, samples))).squareRoot() })
    errors.append(residuals.map { ($0 / Double(max(1, samples))).squareRoot() })
  }

  /// Sensitivity over the member's own error of the output, one standard deviation of the input being the unit: what at
  /// least nine of ten members reach. [outputs x inputs]
  package var overError: [Double] {
    (0..<outputs * inputs).map { cell in
      let ratios = zip(byMember, errors).map { member, errors in
        member[cell] == 0 ? 0 : member[cell] / errors[cell / inputs]
      }.sorted(by: >)
      return ratios.isEmpty ? 0 : ratios[(9 * ratios.count + 9) / 10 - 1]
    }
  }

  /// Root-mean-square derivative over samples and members: [outputs x inputs].
  package var total: [Double] { meanSquares.map { $0.squareRoot() } }

  /// The part of ``total`` that the members have in common: the root of the mean over pairs of different members of
  /// the product of their derivatives (0 if that is negative): [outputs x inputs].
  package var shared: [Double] { sharedSquares.map { max(0, $0).squareRoot() } }

  /// The intraclass correlation of the derivatives, shared² / total²: 1 if all members have the same derivative at
  /// every sample, about 0 if they have nothing in common; 0 where no member depends on the input. Needs two members.
  package var reliability: [Double] {
    zip(sharedSquares, meanSquares).map { $1 > 0 ? $0 / $1 : 0 }
  }

  private var meanSquares: [Double] {
    (0..<outputs * inputs).map { cell in
      byMember.reduce(0) { $0 + $1[cell] * $1[cell] } / Double(max(1, byMember.count))
    }
  }

  private var sharedSquares: [Double] {
    let width = columns.last?.upperBound ?? 0
    let (cells, members) = (outputs * width, Double(byMember.count))
    guard members >= 2 else { return meanSquares }
    var squares = [Double](repeating: 0, count: cells)
    for sample in 0..<samples {
      for cell in 0..<cells {
        let sum = Double(sums[sample * cells + cell])
        squares[cell] += sum * sum
      }
    }
    let bySum = (0..<outputs).flatMap { output in
      columns.map { group in group.reduce(0) { $0 + squares[output * width + $1] } }
    }
    return zip(bySum, meanSquares).map { square, mean in
      (square / Double(max(1, samples)) - members * mean) / (members * (members - 1))
    }
  }
}
