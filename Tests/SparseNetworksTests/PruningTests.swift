import ReproducibleMath
import Testing

@testable import SparseNetworks

@Suite struct PruningTests {
  /// Random networks, thresholds that leave much, some, little and nothing.
  @Test(arguments: 0..<60)
  func functionStaysThatOfTheThresholdedNetwork(seed: Int) throws {
    let shape = try randomShape(seed: UInt64(seed))
    var parameters = NetworkParameters.initial(shape: shape, seed: UInt64(seed))
    for l in parameters.layers.indices {
      parameters.layers[l].biases = randomFloats(
        parameters.layers[l].biases.count, seed: UInt64(seed * 100 + l), scale: 0.5)
    }
    let threshold: Float = [0.1, 0.4, 0.8, 100][seed % 4]
    let pruned = parameters.pruned(threshold: threshold)
    var thresholded = parameters
    for l in thresholded.layers.indices {
      thresholded.layers[l].weights = thresholded.layers[l].weights.map { $0.magnitude < threshold ? 0 : $0 }
    }
    let count = 40
    let inputs = randomFloats(count * shape.inputs, seed: UInt64(seed) + 1000)
    let outputs = evaluate(pruned, inputs: inputs, count: count, kernels: Kernels.available[0])
    for sample in 0..<count {
      let expected = naiveForward(
        thresholded, Array(inputs[sample * shape.inputs..<(sample + 1) * shape.inputs]))
      for (o, value) in expected.enumerated() {
        // float32 sums of up to 66 terms in up to 5 layers: 1e-5 of the size of the numbers.
        #expect(abs(Double(outputs[sample * shape.outputs + o]) - value) < 1e-5 * (1 + abs(value)))
      }
    }
  }

  /// 2-2-1: hidden unit 0 reads nothing and is the constant 3; unit 1 reads input 1.
  @Test func constantUnitsAreFoldedIntoTheBiases() throws {
    let shape = try NetworkShape(inputs: 2, hidden: [2], outputs: 1)
    let network = NetworkParameters(
      shape: shape,
      layers: [
        .init(weights: [0, 1e-4, 0, 2], biases: [3, -1]), .init(weights: [0.5, 4], biases: [0.25]),
      ]
    ).pruned(threshold: 1e-3)
    #expect(network.hiddenUnits == [1])
    #expect(network.layers[0].columns == [1])
    #expect(network.layers[0].weights == [2])
    #expect(network.layers[1].biases == [1.75])
    #expect(network.layers[1].weights == [4])
    #expect(network.weightCount == 2)
    #expect(network.learnedInputFeatures == [[false, true]])
  }

  /// A negative constant is cut off by the ReLU.
  @Test func negativeConstantsVanish() throws {
    let shape = try NetworkShape(inputs: 1, hidden: [1], outputs: 1)
    let network = NetworkParameters(
      shape: shape, layers: [.init(weights: [0], biases: [-3]), .init(weights: [2], biases: [1])]
    ).pruned(threshold: 0)
    #expect(network.hiddenUnits == [0])
    #expect(network.layers[1].biases == [1])
    #expect(network.weightCount == 0)
  }

  /// Unit 1 of the first layer feeds only a unit that feeds nothing: both go.
  @Test func unusedUnitsAreTakenOutTransitively() throws {
    let shape = try NetworkShape(inputs: 1, hidden: [2, 2], outputs: 1)
    let network = NetworkParameters(
      shape: shape,
      layers: [
        .init(weights: [1, 1], biases: [0, 0]), .init(weights: [1, 0, 0, 1], biases: [0, 0]),
        .init(weights: [1, 0], biases: [0]),
      ]
    ).pruned(threshold: 0)
    #expect(network.hiddenUnits == [1, 1])
    #expect(network.weightCount == 3)
  }

  @Test func skipColumnsKeepTheirInputsWhenUnitsAreLost() throws {
    let shape = try NetworkShape(inputs: 2, hidden: [2], outputs: 1, inputSkip: true)
    let network = NetworkParameters(
      shape: shape,
      layers: [
        .init(weights: [0, 0, 1, 0], biases: [0, 0]), .init(weights: [5, 2, 0, 7], biases: [0]),
      ]
    ).pruned(threshold: 0)
    #expect(network.layers[1].hiddenColumns == 1)
    #expect(network.layers[1].columns == [0, 2])
    #expect(network.layers[1].weights == [2, 7])
    #expect(network.learnedInputFeatures == [[true, true]])
  }

  @Test func storedBytesCountValuesAndIndices() throws {
    let shape = try NetworkShape(inputs: 13, hidden: [20, 20, 20, 20], outputs: 8)
    #expect(shape.weightCount == 1620)
    #expect(shape.denseBytes == 4 * (1620 + 88))
    let pruned = NetworkParameters.initial(shape: shape, seed: 1).pruned(threshold: 0)
    #expect(pruned.storedBytes == 1620 * 6 + 88 * 4 + 93 * 4)
  }

  @Test(arguments: 0..<20)
  func structureIsTheSameForAnyOrderOfHiddenUnits(seed: Int) throws {
    let shape = try NetworkShape(inputs: 5, hidden: [7, 6, 5], outputs: 3, inputSkip: seed % 2 == 1)
    let parameters = NetworkParameters.initial(shape: shape, seed: UInt64(seed))
    let threshold: Float = 0.5
    let structure = parameters.pruned(threshold: threshold).structureDescription
    #expect(
      permuted(parameters, seed: UInt64(seed)).pruned(threshold: threshold).structureDescription == structure)
    // One edge less is another structure.
    var other = parameters
    let last = try #require(other.layers[3].weights.firstIndex { $0.magnitude >= threshold })
    other.layers[3].weights[last] = 0
    #expect(other.pruned(threshold: threshold).structureDescription != structure)
  }

  /// Inputs and outputs are not interchangeable.
  @Test func structureTellsInputsAndOutputsApart() throws {
    let shape = try NetworkShape(inputs: 2, hidden: [1], outputs: 2)
    let structures = [([1, 0], [1, 0]), ([0, 1], [1, 0]), ([1, 0], [0, 1])].map {
      (first: [Float], second: [Float]) in
      NetworkParameters(
        shape: shape, layers: [.init(weights: first, biases: [0]), .init(weights: second, biases: [0, 0])]
      ).pruned(threshold: 0).structureDescription
    }
    #expect(Set(structures).count == 3)
  }

  private func permuted(_ parameters: NetworkParameters, seed: UInt64) -> NetworkParameters {
    var stream = RandomStream(seed: seed, purpose: .sampling, index: 9)
    var layers = parameters.layers
    var below: [Int] = []
    for (l, layer) in parameters.shape.layers.enumerated() {
      var order = Array(0..<layer.outputs)
      if l + 1 < parameters.shape.layers.count { stream.shuffle(&order) }
      for (place, unit) in order.enumerated() {
        layers[l].biases[place] = parameters.layers[l].biases[unit]
        for column in 0..<layer.columns {
          let source = column < layer.hiddenColumns ? below[column] : column
          layers[l].weights[place * layer.columns + column] =
            parameters.layers[l].weights[unit * layer.columns + source]
        }
      }
      below = order
    }
    return NetworkParameters(shape: parameters.shape, layers: layers)
  }
}
