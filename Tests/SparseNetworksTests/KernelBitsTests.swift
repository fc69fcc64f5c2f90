import Testing

@testable import SparseNetworks

/// All instruction sets give the scalar reference's bits.
@Suite struct KernelBitsTests {
  static let methods = PenaltyMethod.allCases

  @Test(arguments: Kernels.available.dropLast().map(\.name), 0..<40)
  func trainingEqualsTheScalarReference(kernels name: String, seed: Int) throws {
    let fast = try #require(Kernels.available.first { $0.name == name })
    let scalar = try #require(Kernels.available.last)
    let shape = try randomShape(seed: UInt64(seed))
    // A last batch of 1 to 16 samples, and batches that fill no tile.
    let batchSize = [1, 5, 16, 37, 48, 128][seed % 6]
    let samples = randomSamples(3 * batchSize + 1 + seed % 16, shape: shape, seed: UInt64(seed))
    let settings = TrainingSettings(
      epochs: 3, batchSize: batchSize, learningRate: .cosine(from: 1e-2, to: 1e-4),
      loss: seed % 4 < 2 ? .squared : .huber(delta: 0.5),
      penalty: Penalty(method: Self.methods[seed % 3], input: 1e-3, hidden: 2e-3, skip: 3e-3))
    let trained = try [fast, scalar].map { kernels in
      let trainer = Trainer(shape: shape, settings: settings, seed: 7, samples: samples, kernels: kernels)
      try trainer.train(steps: trainer.totalSteps)
      return trainer.checkpoint
    }
    #expect(trained[0].sameBits(as: trained[1]), "shape \(shape), batch \(batchSize)")
  }

  @Test(arguments: Kernels.available.dropLast().map(\.name), 0..<20)
  func prunedNetworksEqualTheScalarReference(kernels name: String, seed: Int) throws {
    let fast = try #require(Kernels.available.first { $0.name == name })
    let scalar = try #require(Kernels.available.last)
    let shape = try randomShape(seed: UInt64(seed))
    let pruned = NetworkParameters.initial(shape: shape, seed: UInt64(seed)).pruned(threshold: 0.2)
    let count = 1 + seed * 17
    let inputs = randomFloats(count * shape.inputs, seed: UInt64(seed))
    let outputs = [fast, scalar].map { evaluate(pruned, inputs: inputs, count: count, kernels: $0) }
    #expect(outputs[0].map(\.bitPattern) == outputs[1].map(\.bitPattern))
  }

  @Test(arguments: [1, 2, 15, 16, 17, 100, 4096, 4097, 199_960])
  func shuffledOrderIsAPermutation(count: Int) throws {
    for kernels in Kernels.available {
      let order = shuffledOrder(count: count, seed: 3, kernels: kernels)
      #expect(order.sorted() == (0..<UInt32(count)).map { $0 })
      #expect(order == shuffledOrder(count: count, seed: 3, kernels: Kernels.available[0]))
      if count > 15 { #expect(order != shuffledOrder(count: count, seed: 4, kernels: kernels)) }
    }
  }

  /// Every sample comes to every place equally often: chi-squared over 24 x 24 places, 20,000 orders.
  @Test func shuffledOrderIsUniform() {
    let count = 24
    let orders = 20_000
    var seen = Array(repeating: 0, count: count * count)
    var pairs = Array(repeating: 0, count: count * count)
    for seed in 0..<orders {
      let order = shuffledOrder(count: count, seed: UInt64(seed), kernels: Kernels.available[0])
      for (place, sample) in order.enumerated() { seen[place * count + Int(sample)] += 1 }
      for (a, b) in zip(order, order.dropFirst()) { pairs[Int(a) * count + Int(b)] += 1 }
    }
    let expected = Double(orders) / Double(count)
    let chiSquared = seen.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    // (24 - 1)^2 = 529 degrees of freedom, standard deviation 32.5.
    #expect(abs(chiSquared - 529) < 6 * 32.5, "chi-squared \(chiSquared)")
    // Which sample follows which: 24 x 23 pairs, 551 degrees of freedom at most.
    let expectedPairs = Double(orders * (count - 1)) / Double(count * (count - 1))
    let pairSquared = pairs.enumerated().filter { $0.offset / count != $0.offset % count }
      .reduce(0.0) {
        $0 + (Double($1.element) - expectedPairs) * (Double($1.element) - expectedPairs) / expectedPairs
      }
    #expect(abs(pairSquared - 551) < 6 * 33.2, "chi-squared \(pairSquared)")
  }
}

private func shuffledOrder(count: Int, seed: UInt64, kernels: Kernels) -> [UInt32] {
  let order = AlignedBuffer<UInt32>(count: count + Trainer.orderPadding)
  Trainer.shuffle(order, seed: seed, epoch: 0, kernels: kernels)
  return Array(order.values[..<count])
}

func evaluate(_ network: PrunedNetwork, inputs: [Float], count: Int, kernels: Kernels) -> [Float] {
  let evaluator = SparseEvaluator(network, capacity: count, kernels: kernels)
  for sample in 0..<count {
    for i in 0..<network.inputs {
      evaluator.input(i, tile: sample / 16)[sample % 16] = inputs[sample * network.inputs + i]
    }
  }
  evaluator.evaluate()
  return (0..<count).flatMap { sample in
    (0..<network.outputs).map { evaluator.output($0, tile: sample / 16)[sample % 16] }
  }
}
