import Safetensors

extension PrunedNetwork {
  private static var activationKey: String { "activation" }

  /// Adds the network to an archive. Of layer l: `layers.l.weights` F32 and `layers.l.columns` U16 [entries],
  /// `layers.l.rowStarts` U32 [units + 1], `layers.l.biases` F32 [units]; `layers.inputColumns` U32 [layers + 1] holds
  /// the width of the network's input and then, of each layer, how many of its columns read it. An activation other than
  /// a ReLU is named in the metadata.
  package func write(to archive: inout TensorArchive) throws(SafetensorsError) {
    for (l, layer) in layers.enumerated() {
      try archive.add("layers.\(l).weights", shape: [layer.weights.count], values: layer.weights)
      try archive.add("layers.\(l).biases", shape: [layer.units], values: layer.biases)
      try archive.add(
        "layers.\(l).rowStarts", shape: [layer.units + 1], values: layer.entryStart.map { UInt32($0) })
      try archive.add("layers.\(l).columns", shape: [layer.columns.count], values: layer.columns)
    }
    let inputColumns = [UInt32(inputs)] + layers.map { UInt32($0.inputColumns) }
    try archive.add("layers.inputColumns", shape: [inputColumns.count], values: inputColumns)
    if activation != .relu { archive.metadata[Self.activationKey] = activation.rawValue }
  }

  /// The network of an archive. Throws `SafetensorsError` for a missing or misshapen tensor, ``PrunedNetworkError``
  /// for indices that make no network.
  package init(from archive: TensorArchive) throws {
    let inputColumns = try archive.uint32s(named: "layers.inputColumns").map { Int($0) }
    guard inputColumns.count >= 2, (1...NetworkShape.maximumWidth).contains(inputColumns[0]) else {
      throw PrunedNetworkError(problem: "layers.inputColumns doesn't describe a network")
    }
    var layers: [Layer] = []
    for l in 0..<inputColumns.count - 1 {
      let layer = Layer(
        hiddenColumns: layers.last?.units ?? 0, inputColumns: inputColumns[l + 1],
        entryStart: try archive.uint32s(named: "layers.\(l).rowStarts").map { Int($0) },
        columns: try archive.uint16s(named: "layers.\(l).columns"),
        weights: try archive.floats(named: "layers.\(l).weights"),
        biases: try archive.floats(named: "layers.\(l).biases"))
      try layer.check(number: l, inputs: inputColumns[0])
      layers.append(layer)
    }
    let name = archive.metadata[Self.activationKey] ?? Activation.relu.rawValue
    guard let activation = Activation(rawValue: name) else {
      throw PrunedNetworkError(problem: "unknown activation '\(name)'")
    }
    self.init(inputs: inputColumns[0], activation: activation, layers: layers)
  }
}

extension PrunedNetwork.Layer {
  fileprivate func check(number: Int, inputs: Int) throws(PrunedNetworkError) {
    func fail(_ problem: String) -> PrunedNetworkError {
      PrunedNetworkError(problem: "layer \(number): \(problem)")
    }
    guard inputColumns == 0 || inputColumns == inputs else {
      throw fail("it reads \(inputColumns) of \(inputs) inputs")
    }
    guard entryStart.count == units + 1, entryStart[0] == 0, entryStart[units] == weights.count,
      zip(entryStart, entryStart.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw fail("its row pointers don't rise from 0 to the number of its weights") }
    guard columns.count == weights.count else {
      throw fail("it has \(columns.count) columns for its weights")
    }
    guard columns.allSatisfy({ Int($0) < hiddenColumns + inputColumns }) else {
      throw fail("a column index exceeds its number of inputs")
    }
  }
}

/// Arrays that make no network.
package struct PrunedNetworkError: Error, Equatable, CustomStringConvertible {
  /// A clause.
  package let problem: String
  package var description: String { "not a pruned network: \(problem)" }
}
