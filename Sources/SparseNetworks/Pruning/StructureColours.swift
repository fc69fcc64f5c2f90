extension PrunedNetwork {
  /// A description of the structure (which weights are left, not their values) that does not depend on how hidden
  /// units are numbered: two networks that differ only in the order of their hidden units give the same bytes.
  ///
  /// Colour refinement on the layered graph: inputs and outputs are told apart by their index, hidden units by their
  /// layer and then by the colours they read and feed, until the partition is stable (Weisfeiler & Leman 1968).
  /// Graphs that refinement can't tell apart share a description; they are rare. O(weights x units) in the worst case.
  public var structureDescription: [UInt8] {
    var colours = Colours(self)
    var classes = colours.classCount
    while true {
      colours.refine()
      if colours.classCount == classes { break }
      classes = colours.classCount
    }
    return Array(colours.description.utf8)
  }
}

/// The colours of all nodes; inputs are layer 0.
private struct Colours {
  private let sources: [[[(layer: Int, unit: Int)]]]
  private var colours: [[Int]]
  /// The signature of each colour in the last round, sorted: the same in isomorphic graphs.
  private var signatures: [[Int]] = []

  var classCount: Int { Set(colours.joined()).count }

  init(_ network: PrunedNetwork) {
    sources = network.layers.enumerated().map { index, layer in
      (0..<layer.units).map { unit in
        layer.entries(ofUnit: unit).map { column, _ in
          Int(column) < layer.hiddenColumns
            ? (layer: index, unit: Int(column)) : (layer: 0, unit: Int(column) - layer.hiddenColumns)
        }
      }
    }
    // Inputs 0, 1, ...; then one colour a hidden layer; then the outputs.
    let hidden = network.layers.count - 1
    colours = [Array(0..<network.inputs)]
    for (index, layer) in network.layers.enumerated() {
      colours.append(
        (0..<layer.units).map { index < hidden ? network.inputs + index : network.inputs + hidden + $0 })
    }
  }

  /// One round: a node's new colour is the rank of (its colour, the colours it reads, the colours it feeds).
  mutating func refine() {
    var feeds: [[[Int]]] = colours.map { $0.map { _ in [] } }
    for (index, layer) in sources.enumerated() {
      for (unit, read) in layer.enumerated() {
        for source in read { feeds[source.layer][source.unit].append(colours[index + 1][unit]) }
      }
    }
    let nodes = colours.indices.map { layer in
      colours[layer].indices.map { unit -> [Int] in
        let read =
          layer == 0 ? [] : sources[layer - 1][unit].map { colours[$0.layer][$0.unit] }.sorted()
        return [colours[layer][unit]] + [-1] + read + [-2] + feeds[layer][unit].sorted()
      }
    }
    let ordered = nodes.joined().sorted { $0.lexicographicallyPrecedes($1) }
    var rank: [[Int]: Int] = [:]
    for signature in ordered where rank[signature] == nil { rank[signature] = rank.count }
    colours = nodes.map { $0.map { rank[$0, default: 0] } }
    signatures = ordered
  }

  var description: String {
    let sizes = colours.map { String($0.count) }.joined(separator: "-")
    return sizes + ":" + signatures.map { $0.map(String.init).joined(separator: ",") }.joined(separator: ";")
  }
}
