/// The graph of which weights of a pruned network are left, for comparison up to the numbering of hidden units.
///
/// Inputs and outputs are told apart by their index, hidden units by their layer alone. Units of one layer that read
/// the same nodes and feed the same nodes (twins) are one node with their number: without them there would be a
/// factorial number of equal numberings to compare.
struct StructureGraph {
  /// Nodes that each node reads, ascending.
  let sources: [[Int]]
  /// Nodes that read each node, ascending.
  let readers: [[Int]]
  /// What a node is, the same in every numbering: (place, index, number of twins); place 0 is the input, then the
  /// hidden layers, then the output.
  let kinds: [[Int]]

  /// The graph of a network. O(weights).
  init(_ network: PrunedNetwork) {
    let hiddenLayers = network.layers.count - 1
    var starts = [0]
    var next = network.inputs
    for layer in network.layers {
      starts.append(next)
      next += layer.units
    }
    var sources = [[Int]](repeating: [], count: next)
    var readers = sources
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.units {
        let node = starts[index + 1] + unit
        for (column, _) in layer.entries(ofUnit: unit) {
          let column = Int(column)
          let source = column < layer.hiddenColumns ? starts[index] + column : column - layer.hiddenColumns
          sources[node].append(source)
          readers[source].append(node)
        }
        sources[node].sort()
      }
    }
    // Which node stands for each node of the network.
    var standIn = [Int](0..<network.inputs)
    var kinds = (0..<network.inputs).map { [0, $0, 1] }
    var originals = [Int](0..<network.inputs)
    for (index, layer) in network.layers.enumerated() {
      var twins: [[[Int]]: Int] = [:]
      for unit in 0..<layer.units {
        let node = starts[index + 1] + unit
        let neighbours = [sources[node], readers[node]]
        if index < hiddenLayers, let twin = twins[neighbours] {
          kinds[twin][2] += 1
          standIn.append(twin)
        } else {
          twins[neighbours] = kinds.count
          standIn.append(kinds.count)
          kinds.append([index + 1, index < hiddenLayers ? 0 : unit, 1])
          originals.append(node)
        }
      }
    }
    func merged(_ neighbours: [[Int]]) -> [[Int]] {
      originals.map { Set(neighbours[$0].map { standIn[$0] }).sorted() }
    }
    self.kinds = kinds
    self.sources = merged(sources)
    self.readers = merged(readers)
  }

  /// The coarsest stable colouring that is finer than the given one (colour refinement, Weisfeiler & Leman 1968).
  /// Colours are ranks of what they stand for, so that isomorphic graphs get the same ones; the order of the given
  /// colours is kept. O(rounds x edges x log).
  func refined(_ start: [[Int]]) -> [Int] {
    var colours = Self.ranks(start)
    var count = Set(colours).count
    while count < colours.count {
      colours = Self.ranks(
        colours.indices.map { node in
          [colours[node]] + sources[node].map { colours[$0] }.sorted() + [-1]
            + readers[node].map { colours[$0] }.sorted()
        })
      let finer = Set(colours).count
      if finer == count { break }
      count = finer
    }
    return colours
  }

  private static func ranks(_ signatures: [[Int]]) -> [Int] {
    var rank: [[Int]: Int] = [:]
    for signature in Set(signatures).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      rank[signature] = rank.count
    }
    return signatures.map { rank[$0, default: 0] }
  }

  /// The graph written down in the order of a colouring in which every node has a colour of its own: equal for two
  /// graphs if and only if they are the same graph in these orders.
  func certificate(_ colours: [Int]) -> [Int] {
    var nodes = colours
    for (node, colour) in colours.enumerated() { nodes[colour] = node }
    return nodes.flatMap { node in
      kinds[node] + [sources[node].count] + sources[node].map { colours[$0] }.sorted()
    }
  }
}
