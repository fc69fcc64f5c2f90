import EnsembleAnalysis
import EnsembleStudies
import Foundation
import SparseNetworks

/// The graph of a pruned network: inputs, hidden units in layers, outputs.
package enum NetworkFigure {
  /// Edges that are drawn at most: the strongest.
  static let maximumEdges = 700

  /// A figure of a network whose inputs and outputs have names.
  package static func figure(
    name: String, title: String, caption: String, network: PrunedNetwork, inputs: [String], outputs: [String]
  ) -> Figure {
    let (text, left) = dot(network, inputs: inputs, outputs: outputs)
    let cut = left > 0 ? " The \(left) weakest weights are left out of the picture." : ""
    return Figure(
      name, title: title,
      caption: caption
        + " Width: size of the weight; blue: positive, orange: negative; grey inputs are not used."
        + cut,
      .graph(text))
  }

  /// The graph in Graphviz's language, with a place for every node, and how many edges were left out.
  package static func dot(_ network: PrunedNetwork, inputs: [String], outputs: [String]) -> (
    text: String, leftOut: Int
  ) {
    let layout = NetworkLayout(network)
    var lines = [
      "digraph network {",
      "graph [splines=line, outputorder=edgesfirst, bgcolor=\"\(Palette.paper)\", pad=0.05, margin=0]",
      "node [fontname=\"Liberation Sans\", fontsize=11, fontcolor=\"\(Palette.ink)\", color=\"\(Palette.axis)\", penwidth=0.8]",
      "edge [arrowhead=none]",
    ]
    let edges = layout.edges.sorted { (abs($0.weight), $0.from, $0.to) > (abs($1.weight), $1.from, $1.to) }
    let drawn = edges.prefix(maximumEdges).reversed()
    let largest = Double(edges.first.map { abs($0.weight) } ?? 1)
    for node in layout.nodes {
      let look: String
      switch node.kind {
      case .input(let index):
        look =
          "color=\"\(node.isUsed ? Palette.ink : Palette.grid)\", fillcolor=\"\(node.isUsed ? Palette.axis : Palette.paper)\""
        lines.append(label(inputs[index], node, x: node.x - 24, id: "i\(index)"))
      case .hidden: look = "fillcolor=\"\(Palette.paper)\""
      case .output(let index):
        look = "fillcolor=\"\(Palette.axis)\""
        lines.append(label(outputs[index], node, x: node.x + 26, id: "o\(index)"))
      }
      lines.append(
        "n\(node.id) [\(place(node.x, node.y)), shape=circle, fixedsize=true, width=0.12, label=\"\", style=filled, \(look)]"
      )
    }
    for edge in drawn {
      let strength = Double(abs(edge.weight)) / largest
      let alpha = String(format: "%02x", Int(90 + 150 * strength.squareRoot()))
      let colour = (edge.weight > 0 ? Palette.blue : Palette.vermilion) + alpha
      lines.append(
        "n\(edge.from) -> n\(edge.to) [color=\"\(colour)\", penwidth=\(String(format: "%.2f", 0.4 + 3.6 * strength))]"
      )
    }
    lines.append("}")
    return (lines.joined(separator: "\n") + "\n", edges.count - drawn.count)
  }

  private static func place(_ x: Double, _ y: Double) -> String {
    "pos=\"\(GnuplotScript.number(x)),\(GnuplotScript.number(y))!\""
  }

  private static func label(_ text: String, _ node: NetworkLayout.Node, x: Double, id: String) -> String {
    let colour = node.isUsed ? Palette.ink : "#a0a0a0"
    return
      "\(id) [\(place(x, node.y)), shape=plaintext, fontcolor=\"\(colour)\", label=\"\(escaped(text))\", width=0.4, height=0.2]"
  }

  private static func escaped(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }).replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
  }
}

/// Places of a network's nodes: a column a layer, in each an order in which edges cross little.
struct NetworkLayout {
  enum Kind { case input(Int), hidden, output(Int) }
  struct Node {
    let id: Int
    let kind: Kind
    var x: Double
    var y: Double
    var isUsed: Bool
  }

  private(set) var nodes: [Node] = []
  private(set) var edges: [(from: Int, to: Int, weight: Float)] = []

  init(_ network: PrunedNetwork) {
    var columns: [[Int]] = [Array(0..<network.inputs)]
    for index in 0..<network.inputs {
      nodes.append(Node(id: index, kind: .input(index), x: 0, y: 0, isUsed: false))
    }
    for (index, layer) in network.layers.enumerated() {
      let first = nodes.count
      let isLast = index + 1 == network.layers.count
      for unit in 0..<layer.units {
        nodes.append(Node(id: first + unit, kind: isLast ? .output(unit) : .hidden, x: 0, y: 0, isUsed: true))
        for (column, weight) in layer.entries(ofUnit: unit) {
          let column = Int(column)
          let source = column < layer.hiddenColumns ? columns[index][column] : column - layer.hiddenColumns
          edges.append((source, first + unit, weight))
          nodes[source].isUsed = true
        }
      }
      columns.append(Array(first..<first + layer.units))
    }
    order(&columns)
  }

  /// Inputs and outputs keep their order; hidden units go to the weighted mean height of what they are connected to, a few
  /// times to and fro (Sugiyama, Tagawa & Toda 1981).
  private mutating func order(_ columns: inout [[Int]]) {
    let height = 26.0 * Double(max(columns[0].count, columns[columns.count - 1].count) - 1)
    func spread(_ ids: [Int], _ column: Int) {
      let gap = ids.count > 1 ? height / Double(ids.count - 1) : 0
      // Narrow columns are kept together.
      let own = min(gap, 44)
      let top = (height + own * Double(ids.count - 1)) / 2
      for (place, id) in ids.enumerated() {
        nodes[id].x = 150 * Double(column)
        nodes[id].y = top - own * Double(place)
      }
    }
    for (index, column) in columns.enumerated() { spread(column, index) }
    var neighbours: [[(id: Int, weight: Double)]] = nodes.map { _ in [] }
    for edge in edges {
      neighbours[edge.from].append((edge.to, Double(abs(edge.weight))))
      neighbours[edge.to].append((edge.from, Double(abs(edge.weight))))
    }
    guard columns.count > 2 else { return }
    for _ in 0..<12 {
      for index in 1..<columns.count - 1 {
        let heights = columns[index].map { id in
          let all = neighbours[id].reduce(1e-12) { $0 + $1.weight }
          return (neighbours[id].reduce(0) { $0 + $1.weight * nodes[$1.id].y } / all, id)
        }
        columns[index] = heights.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.map(\.1)
        spread(columns[index], index)
      }
    }
  }
}
