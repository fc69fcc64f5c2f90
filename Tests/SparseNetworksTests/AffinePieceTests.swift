import Testing

@testable import SparseNetworks

@Suite struct AffinePieceTests {
  @Test(arguments: 0..<10) func piecesGiveTheNetworksOutput(seed: UInt64) throws {
    let shape = try NetworkShape(inputs: 3, hidden: [6, 5], outputs: 2, inputSkip: seed % 2 == 0)
    var parameters = NetworkParameters.initial(shape: shape, seed: seed)
    for l in parameters.layers.indices {
      parameters.layers[l].biases = randomFloats(parameters.layers[l].biases.count, seed: seed + 50)
    }
    let network = parameters.pruned(threshold: 0)
    let points = randomFloats(40 * 3, seed: seed + 99)
    for output in 0..<2 {
      let pieces = network.affinePieces(of: output, at: points)
      #expect(pieces.reduce(0) { $0 + $1.count } == 40)
      #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.count >= $1.count })
      #expect(Set(pieces.map(\.active)).count == pieces.count)
      for point in 0..<40 {
        let input = Array(points[point * 3..<point * 3 + 3])
        let value = naiveForward(parameters, input)[output]
        let own = network.affinePieces(of: output, at: input)[0]
        let affine = zip(own.coefficients, input).reduce(own.constant) { $0 + $1.0 * Double($1.1) }
        #expect(abs(affine - value) < 1e-9)
        let same = try #require(pieces.first { $0.active == own.active })
        #expect(same.coefficients == own.coefficients && same.constant == own.constant)
      }
    }
  }

  /// |x| = max(0, x) + max(0, −x): two pieces, with a third unit that nothing active reads.
  @Test func absoluteValueHasTwoPieces() throws {
    let network = NetworkParameters(
      shape: try NetworkShape(inputs: 1, hidden: [2], outputs: 1),
      layers: [.init(weights: [1, -1], biases: [0, 0]), .init(weights: [1, 1], biases: [0.5])]
    ).pruned(threshold: 0)
    let pieces = network.affinePieces(of: 0, at: [2, 3, -1])
    #expect(
      pieces == [
        AffinePiece(active: [.init(layer: 0, unit: 0)], count: 2, coefficients: [1], constant: 0.5),
        AffinePiece(active: [.init(layer: 0, unit: 1)], count: 1, coefficients: [-1], constant: 0.5),
      ])
  }
}
