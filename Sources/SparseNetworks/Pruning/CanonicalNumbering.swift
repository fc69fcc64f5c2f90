/// The search for the canonical numbering of a structure's nodes: of all numberings that colour refinement and
/// individualisation lead to, the one with the least certificate.
///
/// Where refinement leaves nodes that it can't tell apart, each of them is singled out in turn and refinement goes on
/// (McKay & Piperno, "Practical graph isomorphism II", 2014, section 2). Two numberings with the same certificate are
/// an automorphism: nodes that it maps to each other need not both be tried, nor what is left of a branch that it maps
/// to an earlier one. Mostly a single path; exponential in the worst case, which takes graphs made for it.
struct CanonicalNumbering {
  private struct Leaf {
    var certificate: [Int]
    var colours: [Int]
    var path: [Int]
  }

  private let graph: StructureGraph
  private var first: Leaf?
  private var best: Leaf?
  private var automorphisms: [[Int]] = []

  /// The least certificate; equal for two graphs if and only if they are isomorphic.
  var certificate: [Int] { best?.certificate ?? [] }

  /// Searches.
  init(_ graph: StructureGraph) {
    self.graph = graph
    _ = explore(graph.refined(graph.kinds), path: [])
  }

  /// Explores what follows a path of singled-out nodes. Returns the length of the path to go back to.
  private mutating func explore(_ colours: [Int], path: [Int]) -> Int {
    guard let cell = Self.firstCell(colours) else { return leaf(colours, path) }
    var tried: [Int] = []
    for node in cell where !isImage(node, of: tried, fixing: path) {
      tried.append(node)
      let start = colours.enumerated().map { [$1, $0 == node ? 0 : 1] }
      let back = explore(graph.refined(start), path: path + [node])
      if back < path.count { return back }
    }
    return path.count
  }

  private mutating func leaf(_ colours: [Int], _ path: [Int]) -> Int {
    let leaf = Leaf(certificate: graph.certificate(colours), colours: colours, path: path)
    for known in [first, best] {
      guard let known, known.certificate == leaf.certificate else { continue }
      var places = colours
      for (node, colour) in colours.enumerated() { places[colour] = node }
      automorphisms.append(known.colours.map { places[$0] })
      return zip(known.path, path).prefix { $0 == $1 }.count
    }
    if first == nil { first = leaf }
    if best.map({ leaf.certificate.lexicographicallyPrecedes($0.certificate) }) ?? true { best = leaf }
    return path.count
  }

  /// Whether an automorphism that leaves every node of the path where it is maps one of the nodes to this one.
  private func isImage(_ node: Int, of tried: [Int], fixing path: [Int]) -> Bool {
    guard !tried.isEmpty else { return false }
    let generators = automorphisms.filter { map in path.allSatisfy { map[$0] == $0 } }
    var reached = Set(tried)
    var open = tried
    while let place = open.popLast() {
      for map in generators where reached.insert(map[place]).inserted { open.append(map[place]) }
    }
    return reached.contains(node)
  }

  /// The nodes of the first colour that several have; nil if there is none.
  private static func firstCell(_ colours: [Int]) -> [Int]? {
    var cells: [Int: [Int]] = [:]
    for (node, colour) in colours.enumerated() { cells[colour, default: []].append(node) }
    return cells.filter { $0.value.count > 1 }.min { $0.key < $1.key }?.value
  }
}

extension PrunedNetwork {
  /// A description of the structure (which weights are left, not their values) that is the same for two networks if
  /// and only if they differ in nothing but how hidden units are numbered within their layers.
  ///
  /// O(weights x rounds of refinement) for nearly all networks; see `CanonicalNumbering` for the others.
  package var structureDescription: [UInt8] {
    let certificate = CanonicalNumbering(StructureGraph(self)).certificate
    return Array(certificate.map(String.init).joined(separator: " ").utf8)
  }
}
