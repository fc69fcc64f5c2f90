/// The derivatives of a pruned network's outputs by its inputs, 16 samples at a time.
///
/// At a kink (a ReLU's sum of exactly 0) the unit counts as inactive.
package struct NetworkJacobian {
  private typealias Lanes = SIMD16<Float>
  private struct Unit {
    var bias: Float
    var sources: [Int32]
    var weights: [Float]
  }

  private let network: PrunedNetwork
  private let units: [Unit]
  private let hidden: Int

  /// Prepares a network.
  package init(_ network: PrunedNetwork) {
    self.network = network
    var starts = [0]
    var next = network.inputs
    for layer in network.layers {
      starts.append(next)
      next += layer.units
    }
    units = network.layers.enumerated().flatMap { index, layer in
      (0..<layer.units).map { unit in
        let entries = layer.entries(ofUnit: unit)
        return Unit(
          bias: layer.biases[unit],
          sources: entries.map { column, _ in
            let column = Int(column)
            return Int32(
              column < layer.hiddenColumns ? starts[index] + column : column - layer.hiddenColumns)
          }, weights: entries.map(\.1))
      }
    }
    hidden = units.count - network.outputs
  }

  /// The outputs [samples, outputs] and the Jacobian [samples, outputs, inputs] at each sample.
  /// O(samples x weights x outputs).
  ///
  /// - Parameter samples: standardised inputs, row-major [samples, inputs].
  package func evaluated(at samples: [Float]) -> (outputs: [Float], jacobians: [Float]) {
    let (n, m) = (network.inputs, network.outputs)
    let count = samples.count / n
    var result = [Float](repeating: 0, count: count * m * n)
    var outputs = [Float](repeating: 0, count: count * m)
    var values = [Lanes](repeating: .zero, count: n + hidden)
    var adjoints = values
    for first in stride(from: 0, to: count, by: Lanes.scalarCount) {
      let lanes = min(Lanes.scalarCount, count - first)
      for input in 0..<n {
        for lane in 0..<lanes { values[input][lane] = samples[(first + lane) * n + input] }
      }
      for index in 0..<hidden {
        let sum = sum(of: units[index], values)
        values[n + index] = value(sum)
      }
      for output in 0..<m {
        let sum = sum(of: units[hidden + output], values)
        for lane in 0..<lanes { outputs[(first + lane) * m + output] = sum[lane] }
        for index in adjoints.indices { adjoints[index] = .zero }
        add(units[hidden + output], Lanes(repeating: 1), to: &adjoints)
        for index in (0..<hidden).reversed() where adjoints[n + index] != .zero {
          let adjoint = backward(adjoints[n + index], values[n + index])
          if adjoint != .zero { add(units[index], adjoint, to: &adjoints) }
        }
        for input in 0..<n {
          for lane in 0..<lanes {
            result[((first + lane) * m + output) * n + input] = adjoints[input][lane]
          }
        }
      }
    }
    return (outputs, result)
  }

  private func value(_ sum: Lanes) -> Lanes {
    // The general way lane by lane would take a multiple of the time.
    if network.activation == .relu { return sum.replacing(with: 0, where: sum .<= 0) }
    var value = sum
    for lane in value.indices { value[lane] = Float(network.activation.value(Double(sum[lane]))) }
    return value
  }

  /// The derivative by a unit's sum, from that by its value.
  private func backward(_ adjoint: Lanes, _ value: Lanes) -> Lanes {
    if network.activation == .relu { return adjoint.replacing(with: 0, where: value .<= 0) }
    var result = adjoint
    for lane in value.indices {
      result[lane] *= Float(network.activation.derivative(atValue: Double(value[lane])))
    }
    return result
  }

  private func sum(of unit: Unit, _ values: [Lanes]) -> Lanes {
    var sum = Lanes(repeating: unit.bias)
    for (source, weight) in zip(unit.sources, unit.weights) {
      sum.addProduct(values[Int(source)], Lanes(repeating: weight))
    }
    return sum
  }

  private func add(_ unit: Unit, _ factor: Lanes, to adjoints: inout [Lanes]) {
    for (source, weight) in zip(unit.sources, unit.weights) {
      adjoints[Int(source)].addProduct(factor, Lanes(repeating: weight))
    }
  }
}
