/// A region of inputs in which an output of a network is one affine function.
package struct AffinePiece: Equatable, Sendable {
  /// A hidden unit: layer and number within the layer, from 0.
  package struct Unit: Hashable, Sendable {
    /// The hidden layer.
    package var layer: Int
    /// The unit in it.
    package var unit: Int
  }

  /// The units that are active and feed the output through active units.
  package var active: [Unit]
  /// How many of the points lie in it.
  package var count: Int
  /// The derivative by each input.
  package var coefficients: [Double]
  /// The value at input 0.
  package var constant: Double

  /// A piece.
  package init(active: [Unit], count: Int, coefficients: [Double], constant: Double) {
    (self.active, self.count, self.coefficients, self.constant) = (active, count, coefficients, constant)
  }
}

extension PrunedNetwork {
  /// The affine pieces of an output in which points lie, the one with most points first, of equal ones the one that
  /// was met first. Sums in float64. O(points x weights).
  ///
  /// Precondition: the activation is piecewise affine.
  ///
  /// - Parameters:
  ///   - output: index of the output.
  ///   - points: inputs, row-major [points, inputs].
  package func affinePieces(of output: Int, at points: [Float]) -> [AffinePiece] {
    precondition(activation.isPiecewiseAffine)
    let count = points.count / inputs
    var places: [[AffinePiece.Unit]: Int] = [:]
    var pieces: [AffinePiece] = []
    for point in 0..<count {
      let input = points[point * inputs..<(point + 1) * inputs].map(Double.init)
      let piece = affinePiece(of: output, values: hiddenValues(input))
      if let place = places[piece.active] {
        pieces[place].count += 1
      } else {
        places[piece.active] = pieces.count
        pieces.append(piece)
      }
    }
    return pieces.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
  }

  /// The values of the hidden units, layer by layer.
  private func hiddenValues(_ input: [Double]) -> [[Double]] {
    var values: [[Double]] = []
    for layer in layers.dropLast() {
      values.append(
        (0..<layer.units).map { unit in
          activation.value(
            layer.entries(ofUnit: unit).reduce(Double(layer.biases[unit])) { sum, entry in
              let column = Int(entry.0)
              let value =
                column < layer.hiddenColumns
                ? values[values.count - 1][column] : input[column - layer.hiddenColumns]
              return sum + Double(entry.1) * value
            })
        })
    }
    return values
  }

  private func affinePiece(of output: Int, values: [[Double]]) -> AffinePiece {
    var coefficients = [Double](repeating: 0, count: inputs)
    var adjoints = values.map { [Double](repeating: 0, count: $0.count) }
    var isRead = values.map { [Bool](repeating: false, count: $0.count) }
    var constant = 0.0
    func add(_ layer: Int, _ unit: Int, _ factor: Double) {
      constant += factor * Double(layers[layer].biases[unit])
      for (column, weight) in layers[layer].entries(ofUnit: unit) {
        let column = Int(column)
        if column < layers[layer].hiddenColumns {
          adjoints[layer - 1][column] += factor * Double(weight)
          isRead[layer - 1][column] = true
        } else {
          coefficients[column - layers[layer].hiddenColumns] += factor * Double(weight)
        }
      }
    }
    add(layers.count - 1, output, 1)
    var active: [AffinePiece.Unit] = []
    for layer in values.indices.reversed() {
      for unit in values[layer].indices where isRead[layer][unit] && values[layer][unit] > 0 {
        active.append(.init(layer: layer, unit: unit))
        add(layer, unit, adjoints[layer][unit])
      }
    }
    active.sort { ($0.layer, $0.unit) < ($1.layer, $1.unit) }
    return AffinePiece(active: active, count: 1, coefficients: coefficients, constant: constant)
  }
}
