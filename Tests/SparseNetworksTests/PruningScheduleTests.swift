import Testing

@testable import SparseNetworks

@Suite struct PruningScheduleTests {
  /// From 500 to 100 in 4 rounds: 100 + 400 (3/4)³, then (2/4)³, (1/4)³, 0, rounded up each time.
  @Test func excessFallsWithTheCubeOfTheRoundsLeft() {
    var count = 500
    var counts: [Int] = []
    for roundsAfter in [3, 2, 1, 0] {
      count = PruningSchedule.weights(of: count, target: 100, roundsAfter: roundsAfter)
      counts.append(count)
    }
    #expect(counts == [269, 151, 107, 100])
  }

  @Test func aSmallerNetworkStaysAsItIs() {
    #expect(PruningSchedule.weights(of: 80, target: 100, roundsAfter: 3) == 80)
    #expect(PruningSchedule.weights(of: 80, target: 100, roundsAfter: 0) == 80)
    #expect(PruningSchedule.weights(of: 5, target: 1, roundsAfter: 0) == 1)
  }

  private let network: NetworkParameters? = (try? NetworkShape(inputs: 2, hidden: [2], outputs: 2)).map {
    NetworkParameters(
      shape: $0,
      layers: [
        .init(weights: [0.5, -3, 0, 1], biases: [0, 0]),
        .init(weights: [2, -0.5, 0.25, 0.1], biases: [0, 0]),
      ])
  }

  private let samples = TrainingSamples(count: 2, inputs: 2, targets: 2) { rows, stride in
    // Inputs (1, 1), (3, -1); targets (1, 0), (-8, 1.5).
    let values: [[Float]] = [[1, 1, 1, 0], [3, -1, -8, 1.5]]
    for row in 0..<2 { for k in 0..<4 { rows[row * stride + k] = values[row][k] } }
  }

  @Test func magnitudeKeepsTheLargestOfAllLayers() throws {
    let network = try #require(network)
    func kept(_ count: Int) -> [[Float]] {
      network.keeping(count, by: .magnitude, samples: samples).layers.map(\.weights)
    }
    #expect(kept(3) == [[0, -3, 0, 1], [2, 0, 0, 0]])
    // Of the two of magnitude 0.5 the first stays.
    #expect(kept(4) == [[0.5, -3, 0, 1], [2, 0, 0, 0]])
    #expect(kept(99) == network.layers.map(\.weights))
    #expect(kept(0).allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(network.nonzeroWeightCount == 7)
  }

  /// By hand. Sample 1: hidden max(0, -2.5) = 0 and 1; outputs -0.5, 0.1. Sample 2: hidden 4.5 and max(0, -1) = 0;
  /// outputs 9, 1.125. Mean squared errors (1.5² + 17²)/2 = 145.625 and (0.1² + 0.375²)/2 = 0.0753125.
  @Test func fisherSaliencyOfASmallNetwork() throws {
    let saliency = FisherSaliency(of: try #require(network), on: samples).saliency
    let (a, b): (Double, Double) = (1 / 145.625, 1 / 0.0753125)
    // Unit 0 is active in sample 2 alone, unit 1 in sample 1 alone.
    let first = (4 * a + 0.0625 * b) / 2
    let second = (0.25 * a + 0.01 * b) / 2
    let expected: [[Double]] = [
      [0.25 * 9 * first, 9 * first, 0, second],
      [4 * 20.25 * a / 2, 0.25 * a / 2, 0.0625 * 20.25 * b / 2, 0.01 * b / 2],
    ]
    for (found, wanted) in zip(saliency, expected) {
      for (x, y) in zip(found, wanted) { #expect(abs(x - y) <= 1e-6 * y, "\(found) \(wanted)") }
    }
  }

  /// The saliency is the second derivative of each output's scaled error, here by finite differences of the outputs.
  @Test(arguments: 0..<10, Activation.allCases)
  func fisherSaliencyIsThatOfFiniteDifferences(seed: Int, activation: Activation) throws {
    let shape = try NetworkShape(
      inputs: 3, hidden: [5, 4], outputs: 2, inputSkip: true, activation: activation)
    let parameters = NetworkParameters.initial(shape: shape, seed: UInt64(seed))
    let samples = randomSamples(12, shape: shape, seed: UInt64(seed))
    let saliency = FisherSaliency(of: parameters, on: samples).saliency
    let rows = (0..<12).map { row in
      (0..<5).map { samples.pointer[row * samples.rowStride + $0] }
    }
    let outputs = rows.map { naiveForward(parameters, Array($0[..<3])) }
    let variances = (0..<2).map { k in
      var sum = 0.0
      for (row, output) in zip(rows, outputs) {
        let residual: Double = output[k] - Double(row[3 + k])
        sum += residual * residual
      }
      return sum / 12
    }
    for l in parameters.layers.indices {
      for w in stride(from: 0, to: parameters.layers[l].weights.count, by: 3) {
        var shifted = parameters
        shifted.layers[l].weights[w] += 1e-3
        let step = Double(shifted.layers[l].weights[w]) - Double(parameters.layers[l].weights[w])
        var sum = 0.0
        for (row, output) in zip(rows, outputs) {
          let moved = naiveForward(shifted, Array(row[..<3]))
          for k in 0..<2 {
            let slope: Double = (moved[k] - output[k]) / step
            sum += slope * slope / variances[k]
          }
        }
        let weight = Double(parameters.layers[l].weights[w])
        // A kink of a ReLU may lie in between.
        #expect(abs(saliency[l][w] - weight * weight * sum / 12) <= 0.02 * saliency[l][w] + 1e-6)
      }
    }
  }

  /// A thresholded network is the pruned one with its units at their places.
  @Test(arguments: 0..<20)
  func thresholdedIsThePrunedNetworkInItsOldShape(seed: Int) throws {
    let shape = try randomShape(seed: UInt64(seed))
    let parameters = NetworkParameters.initial(shape: shape, seed: UInt64(seed))
    let threshold: Float = [0.1, 0.4, 0.8, 100][seed % 4]
    let thresholded = parameters.thresholded(threshold)
    #expect(thresholded.pruned(threshold: 0) == parameters.pruned(threshold: threshold))
    #expect(thresholded.nonzeroWeightCount == parameters.pruned(threshold: threshold).weightCount)
    #expect(thresholded.shape == shape)
  }

  @Test func fineTuningLeavesZerosAndTrainsTheRest() throws {
    let shape = try NetworkShape(inputs: 4, hidden: [9, 6], outputs: 3, inputSkip: true)
    let start = NetworkParameters.initial(shape: shape, seed: 3).thresholded(0.4)
    let trainer = Trainer(
      fineTuning: start,
      settings: TrainingSettings(
        epochs: 4, batchSize: 32, learningRate: .constant(1e-3),
        penalty: Penalty(method: .proximal, weight: 9)),
      seed: 1,
      samples: randomSamples(150, shape: shape, seed: 5), kernels: Kernels.available[0])
    try trainer.train(steps: .max / 2)
    for (before, after) in zip(start.layers, trainer.parameters.layers) {
      for (x, y) in zip(before.weights, after.weights) { #expect((x == 0) == (y == 0)) }
    }
    #expect(trainer.parameters != start)
    #expect(trainer.trainingCurve[3] < trainer.trainingCurve[0])
  }
}
