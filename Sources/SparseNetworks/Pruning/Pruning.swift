extension NetworkParameters {
  /// The pruned network: weights of magnitude below `threshold` (>= 0) are dropped, as are exact zeros; then units
  /// without inputs are folded into the biases of those they feed, units that feed nothing are taken out, and so on
  /// until nothing changes.
  ///
  /// Its function is that of the thresholded dense network up to the rounding of the folded biases.
  /// O(weights x layers).
  package func pruned(threshold: Float) -> PrunedNetwork {
    EditableNetwork(pruning: self, threshold: threshold).compacted()
  }

  /// As ``pruned(threshold:)``, in the same shape: what is dropped or taken out is zero. O(weights x layers).
  package func thresholded(_ threshold: Float) -> NetworkParameters {
    EditableNetwork(pruning: self, threshold: threshold).parameters(shape: shape)
  }
}

/// A pruned network in the making: rows of (column -> weight) by unit; a removed unit keeps its number until the end.
private struct EditableNetwork {
  struct Unit {
    var weights: [(column: Int, weight: Float)]
    var bias: Double
    var isRemoved = false
  }

  let inputs: Int
  let activation: Activation
  let layerShapes: [LayerShape]
  var layers: [[Unit]]

  init(pruning parameters: NetworkParameters, threshold: Float) {
    self.init(parameters, threshold: threshold)
    while foldConstantUnits() || removeUnusedUnits() {}
  }

  private init(_ parameters: NetworkParameters, threshold: Float) {
    inputs = parameters.shape.inputs
    activation = parameters.shape.activation
    layerShapes = parameters.shape.layers
    layers = zip(parameters.layers, parameters.shape.layers).map { layer, shape in
      (0..<shape.outputs).map { unit in
        let row = layer.weights[unit * shape.columns..<(unit + 1) * shape.columns]
        let left = zip(0..., row).filter { $0.1 != 0 && $0.1.magnitude >= threshold }
        return Unit(weights: left.map { (column: $0.0, weight: $0.1) }, bias: Double(layer.biases[unit]))
      }
    }
  }

  /// A hidden unit that reads nothing is a constant. Returns whether there was one.
  mutating func foldConstantUnits() -> Bool {
    var changed = false
    for l in layers.indices.dropLast() {
      for unit in layers[l].indices where !layers[l][unit].isRemoved && layers[l][unit].weights.isEmpty {
        let constant = activation.value(layers[l][unit].bias)
        for above in layers[l + 1].indices {
          guard let entry = layers[l + 1][above].weights.firstIndex(where: { $0.column == unit }) else {
            continue
          }
          layers[l + 1][above].bias += Double(layers[l + 1][above].weights[entry].weight) * constant
          layers[l + 1][above].weights.remove(at: entry)
        }
        layers[l][unit].isRemoved = true
        changed = true
      }
    }
    return changed
  }

  /// A hidden unit that no unit reads. Returns whether there was one.
  mutating func removeUnusedUnits() -> Bool {
    var changed = false
    for l in layers.indices.dropLast().reversed() {
      let read = Set(layers[l + 1].lazy.filter { !$0.isRemoved }.flatMap { $0.weights.map(\.column) })
      for unit in layers[l].indices where !layers[l][unit].isRemoved && !read.contains(unit) {
        layers[l][unit].isRemoved = true
        layers[l][unit].weights = []
        changed = true
      }
    }
    return changed
  }

  /// The network with all its units at their places, those that are removed with zeros.
  func parameters(shape: NetworkShape) -> NetworkParameters {
    let dense = zip(layerShapes, layers).map { layer, units in
      var weights = [Float](repeating: 0, count: layer.weightCount)
      for (number, unit) in units.enumerated() where !unit.isRemoved {
        for (column, weight) in unit.weights { weights[number * layer.columns + column] = weight }
      }
      return NetworkParameters.Layer(
        weights: weights, biases: units.map { $0.isRemoved ? 0 : Float($0.bias) })
    }
    return NetworkParameters(shape: shape, layers: dense)
  }

  /// The network with its units numbered anew.
  func compacted() -> PrunedNetwork {
    var below: [Int?] = []
    var unitsBelow = 0
    var compact: [PrunedNetwork.Layer] = []
    for (shape, units) in zip(layerShapes, layers) {
      let left = units.filter { !$0.isRemoved }
      let rows = left.map { unit in
        unit.weights.compactMap { column, weight -> (column: Int, weight: Float)? in
          if column >= shape.hiddenColumns { return (unitsBelow + column - shape.hiddenColumns, weight) }
          return below[column].map { ($0, weight) }
        }
      }
      compact.append(
        PrunedNetwork.Layer(
          hiddenColumns: unitsBelow, inputColumns: shape.inputColumns, rows: rows,
          biases: left.map { Float($0.bias) }))
      var next = 0
      below = units.map { unit in
        if unit.isRemoved { return nil }
        defer { next += 1 }
        return next
      }
      unitsBelow = left.count
    }
    return PrunedNetwork(inputs: inputs, activation: activation, layers: compact)
  }
}
