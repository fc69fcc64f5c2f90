/// The shape of a feed-forward network, `inputs`-hidden[0]-...-`outputs`, and the function of its hidden units.
///
/// The last layer is linear. With `inputSkip` the network's input is concatenated to
/// the input of every layer after the first (InputSkip, Lundby et al. 2023).
package struct NetworkShape: Hashable, Sendable {
  /// Number of inputs.
  package let inputs: Int
  /// Widths of the hidden layers, first to last; empty: a linear model.
  package let hidden: [Int]
  /// Number of outputs.
  package let outputs: Int
  /// Whether every layer after the first also sees the network's input.
  package let inputSkip: Bool
  /// The function of the hidden units.
  package let activation: Activation

  /// Widest layer that is accepted.
  package static let maximumWidth = 4096
  /// Most weights that are accepted in all.
  package static let maximumWeights = 50_000_000

  /// Throws ``NetworkShapeError`` if a width is not in 1...4096, or there are more than 50 million weights.
  package init(
    inputs: Int, hidden: [Int], outputs: Int, inputSkip: Bool = false, activation: Activation = .relu
  ) throws {
    for width in [inputs, outputs] + hidden where !(1...Self.maximumWidth).contains(width) {
      throw NetworkShapeError.width(width)
    }
    self.inputs = inputs
    self.hidden = hidden
    self.outputs = outputs
    self.inputSkip = inputSkip
    self.activation = activation
    guard weightCount <= Self.maximumWeights else { throw NetworkShapeError.tooManyWeights(weightCount) }
  }

  /// The same shape with hidden layers that are no wider; they may be empty.
  func withHidden(_ widths: [Int]) -> NetworkShape { NetworkShape(self, hidden: widths) }

  private init(_ shape: NetworkShape, hidden: [Int]) {
    precondition(hidden.count == shape.hidden.count && zip(hidden, shape.hidden).allSatisfy { 0...$1 ~= $0 })
    (inputs, outputs, inputSkip, activation) = (
      shape.inputs, shape.outputs, shape.inputSkip, shape.activation
    )
    self.hidden = hidden
  }

  /// The layers, first to last; the last one makes the outputs.
  package var layers: [LayerShape] {
    (hidden + [outputs]).enumerated().map { index, width in
      LayerShape(
        outputs: width,
        hiddenColumns: index == 0 ? 0 : hidden[index - 1],
        inputColumns: index == 0 || inputSkip ? inputs : 0)
    }
  }

  /// Number of weights, biases not counted.
  package var weightCount: Int { layers.reduce(0) { $0 + $1.weightCount } }

  /// Number of biases.
  package var biasCount: Int { hidden.reduce(outputs, +) }
}

extension NetworkShape: Codable {
  private enum CodingKeys: String, CodingKey { case inputs, hidden, outputs, inputSkip, activation }

  /// Decodes and checks; errors as from the initialiser. Without an activation it is a ReLU.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      inputs: container.decode(Int.self, forKey: .inputs),
      hidden: container.decode([Int].self, forKey: .hidden),
      outputs: container.decode(Int.self, forKey: .outputs),
      inputSkip: container.decode(Bool.self, forKey: .inputSkip),
      activation: container.decodeIfPresent(Activation.self, forKey: .activation) ?? .relu)
  }

  /// Encodes the shape. A ReLU is left out: jobs are known by these bytes, and older ones have no activation.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(hidden, forKey: .hidden)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(inputSkip, forKey: .inputSkip)
    if activation != .relu { try container.encode(activation, forKey: .activation) }
  }
}

/// The shape of one layer: a matrix [outputs, hiddenColumns + inputColumns] and a bias [outputs].
package struct LayerShape: Hashable, Sendable {
  /// Number of units.
  package let outputs: Int
  /// Columns that read the previous hidden layer; they come first.
  package let hiddenColumns: Int
  /// Columns that read the network's input: all of them in the first layer, the skip columns in a later one.
  package let inputColumns: Int

  /// Columns of the weight matrix.
  package var columns: Int { hiddenColumns + inputColumns }
  /// Number of weights.
  package var weightCount: Int { outputs * columns }
}

/// An architecture that can't be built.
package enum NetworkShapeError: Error, Equatable, CustomStringConvertible {
  /// A width outside 1...4096.
  case width(Int)
  /// More weights than are accepted.
  case tooManyWeights(Int)

  /// The value and the range.
  package var description: String {
    switch self {
    case .width(let width):
      "expected a layer width of 1 to \(NetworkShape.maximumWidth), got \(width)"
    case .tooManyWeights(let count):
      "the network has \(count) weights, more than \(NetworkShape.maximumWeights)"
    }
  }
}
