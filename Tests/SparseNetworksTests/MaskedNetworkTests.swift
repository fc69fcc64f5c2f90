import ReproducibleMath
import Testing

@testable import SparseNetworks

/// Under a mask each layer is sparse or dense; which of them must not change a bit.
@Suite struct MaskedNetworkTests {
  /// Shares of the weights that are active.
  private static let densities = [0.05, 0.2, 0.5, 0.8, 1]

  private static func choices(_ layerCount: Int) -> [[LayerMethod]] {
    (0..<1 << layerCount).map { bits in (0..<layerCount).map { bits >> $0 & 1 == 0 ? .sparse : .dense } }
  }

  /// Edge sizes first: widths about those of a register block and a panel, then random ones.
  private func shape(_ seed: Int) throws -> NetworkShape {
    let edges = [1, 3, 4, 5, 15, 16, 17, 31, 33]
    guard seed < edges.count else { return try randomShape(seed: UInt64(seed)) }
    return try NetworkShape(
      inputs: edges[(seed + 4) % edges.count], hidden: [edges[seed], edges[edges.count - 1 - seed]],
      outputs: edges[(seed + 2) % edges.count], inputSkip: seed % 2 == 0,
      activation: Activation.allCases[seed % Activation.allCases.count])
  }

  private func masked(_ shape: NetworkShape, density: Double, seed: Int) -> NetworkParameters {
    var network = NetworkParameters.initial(shape: shape, seed: UInt64(seed))
    var stream = RandomStream(seed: UInt64(seed), purpose: .sampling, index: 2)
    for l in network.layers.indices {
      network.layers[l].weights = network.layers[l].weights.map { stream.uniform() < density ? $0 : 0 }
      network.layers[l].biases = randomFloats(network.layers[l].biases.count, seed: UInt64(seed), scale: 0.3)
    }
    return network
  }

  @Test(arguments: Kernels.available.map(\.name), 0..<30)
  func gradientHasTheSameBitsForEveryChoice(kernels name: String, seed: Int) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let scalar = try #require(Kernels.available.last)
    let (layout, batch) = (KernelLayout(shape: try shape(seed)), [1, 16, 37, 128, 200][seed / 2 % 5])
    let parameters = masked(layout.shape, density: Self.densities[seed % 5], seed: seed)
    let samples = randomSamples(batch, shape: layout.shape, seed: UInt64(seed))
    let layerCount = layout.shape.layers.count
    let expected = gradient(
      parameters, layout, Array(repeating: .sparse, count: layerCount), samples, scalar)
    for methods in Self.choices(layerCount) {
      let computed = gradient(parameters, layout, methods, samples, kernels)
      #expect(
        computed.map(\.bitPattern) == expected.map(\.bitPattern),
        "\(layout.shape), batch \(batch), \(methods)")
    }
    // All weights at once have another order of sums: the same to rounding.
    let workspace = Workspace(layout: layout, batchSize: batch, kernels: kernels)
    let (packed, order) = inputs(parameters, layout, batch)
    let loss = workspace.computeGradient(
      parameters: packed.pointer, samples: samples, order: order.pointer, count: batch)
    let dense = Array(workspace.gradient.values[..<layout.parameterCount])
    let scale = dense.map(\.magnitude).max() ?? 0
    #expect(expected[layout.parameterCount] == Float(loss))
    for k in 0..<layout.parameterCount where expected[k] != 0 {
      #expect(abs(expected[k] - dense[k]) <= 3e-6 * scale)
    }
    #expect(expected.dropLast().contains { $0 != 0 } || Self.densities[seed % 5] < 0.5)
  }

  private func inputs(_ parameters: NetworkParameters, _ layout: KernelLayout, _ batch: Int)
    -> (AlignedBuffer<Float>, AlignedBuffer<UInt32>)
  {
    let packed = AlignedBuffer<Float>(count: layout.parameterCount)
    layout.pack(parameters, into: packed.pointer)
    let order = AlignedBuffer<UInt32>(count: batch)
    order.copy(from: (0..<UInt32(batch)).reversed())
    return (packed, order)
  }

  /// By packed parameter of the whole network, 0 for those that are not active, and the loss at the end.
  private func gradient(
    _ parameters: NetworkParameters, _ layout: KernelLayout, _ methods: [LayerMethod],
    _ samples: TrainingSamples, _ kernels: Kernels
  ) -> [Float] {
    let batch = samples.count
    let (packed, order) = inputs(parameters, layout, batch)
    let isActive = AlignedBuffer<UInt8>(count: layout.parameterCount)
    for k in 0..<layout.parameterCount { isActive.pointer[k] = packed.pointer[k] == 0 ? 0 : 1 }
    let network = MaskedNetwork(layout: layout)
    // Filled for another choice before: nothing of it may be left.
    network.fill(isActive: isActive.pointer, methods: methods.map { $0 == .sparse ? .dense : .sparse })
    network.fill(isActive: isActive.pointer, methods: methods)
    let (values, gradient) = (
      AlignedBuffer<Float>(count: network.capacity), AlignedBuffer<Float>(count: network.capacity)
    )
    for e in 0..<network.parameterCount where network.packedIndex.pointer[e] >= 0 {
      values.pointer[e] = packed.pointer[Int(network.packedIndex.pointer[e])]
    }
    let workspace = Workspace(layout: layout, batchSize: batch, kernels: kernels)
    let loss = workspace.computeGradient(
      of: network.weights, parameters: values.pointer, samples: samples, order: order.pointer, count: batch,
      allWeights: false, gradient: gradient.pointer)
    var result = Array(repeating: Float(0), count: layout.parameterCount) + [Float(loss)]
    var seen = 0
    for e in 0..<network.parameterCount {
      let k = Int(network.packedIndex.pointer[e])
      if k < 0 {
        #expect(gradient.pointer[e] == 0)
      } else {
        result[k] = gradient.pointer[e]
        seen += 1
      }
    }
    let weights = parameters.layers.reduce(0) { $0 + $1.weights.count { $0 != 0 } }
    #expect(seen == network.activeCount && seen == weights + layout.shape.biasCount)
    return result
  }

  @Test(arguments: Kernels.available.map(\.name), 0..<10)
  func fineTuningEndsInTheSameBitsForEveryChoice(kernels name: String, seed: Int) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let shape = try shape(seed * 3)
    let parameters = masked(shape, density: Self.densities[seed % 5], seed: seed)
    // The last batch of an epoch is short.
    let settings = TrainingSettings(epochs: 8, batchSize: 48, learningRate: .cosine(from: 1e-2, to: 1e-4))
    let samples = randomSamples(48 * 7 + 5, shape: shape, seed: UInt64(seed))
    let choices: [[LayerMethod]?] = [
      nil, shape.layers.map { _ in .sparse }, shape.layers.map { _ in .dense },
      shape.layers.indices.map { $0 % 2 == 0 ? .sparse : .dense },
    ]
    let checkpoints = try choices.map { methods in
      let trainer = Trainer(
        fineTuning: parameters, settings: settings, seed: 3, samples: samples, kernels: kernels)
      trainer.activeSet?.methodTrial.preferred = methods
      try trainer.train(steps: trainer.totalSteps)
      return trainer.checkpoint
    }
    for checkpoint in checkpoints.dropFirst() { #expect(checkpoint.sameBits(as: checkpoints[0])) }
  }

  /// A weight can end in a unit that no other reads any more, while its moments still move it.
  @Test(arguments: Kernels.available.map(\.name), [nil, GroupPenalty(over: .lag, weight: 0.02)])
  func screenedTrainingEndsInTheSameBitsForEveryChoice(kernels name: String, group: GroupPenalty?) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let shape = try NetworkShape(inputs: 9, hidden: [14, 11], outputs: 3, inputSkip: true)
    let settings = TrainingSettings(
      epochs: 12, batchSize: 48, learningRate: .constant(1e-2),
      penalty: Penalty(method: .proximal, input: 0.05, hidden: 0.1, skip: 0.1, group: group),
      screeningInterval: 5)
    let samples = randomSamples(48 * 7 + 5, shape: shape, seed: 1)
    let choices: [[LayerMethod]?] = [nil] + Self.choices(shape.layers.count)
    let checkpoints = try choices.map { methods in
      let trainer = Trainer(shape: shape, settings: settings, seed: 7, samples: samples, kernels: kernels)
      trainer.activeSet?.methodTrial.preferred = methods
      try trainer.train(steps: trainer.totalSteps)
      return trainer.checkpoint
    }
    for checkpoint in checkpoints.dropFirst() { #expect(checkpoint.sameBits(as: checkpoints[0])) }
  }
}

/// The trial with a clock of its own.
@Suite struct MethodTrialTests {
  private final class Clock {
    var seconds = 0.0
  }

  /// Steps that cost `seconds` by their methods; the methods of each.
  private func run(
    steps: Int, layers: Int, isFullBatch: (Int) -> Bool = { _ in true },
    seconds: ([LayerMethod], Int) -> Double
  ) -> [[LayerMethod]] {
    let clock = Clock()
    var trial = MethodTrial(layerCount: layers) { clock.seconds }
    return (0..<steps).map { step in
      let methods = trial.methods
      trial.begin(isFullBatch: isFullBatch(step))
      clock.seconds += seconds(methods, step)
      trial.end()
      return methods
    }
  }

  /// Each layer has a faster method of its own.
  @Test(arguments: 0..<16) func takesTheFasterMethodOfEachLayer(bits: Int) {
    let fast: [LayerMethod] = (0..<4).map { bits >> $0 & 1 == 0 ? .sparse : .dense }
    let taken = run(steps: 200, layers: 4) { methods, _ in
      zip(methods, fast).reduce(1) { $0 + ($1.0 == $1.1 ? 1 : 1.2) }
    }
    #expect(taken.last == fast)
  }

  @Test func triesAgainAfterAPeriod() {
    let taken = run(steps: MethodTrial.period + 100, layers: 2) { methods, step in
      (methods[0] == .dense) == (step < MethodTrial.period) ? 1 : 1.2
    }
    #expect(taken[MethodTrial.period - 1][0] == .dense)
    #expect(taken[MethodTrial.period + 99][0] == .sparse)
  }

  @Test func leavesAHopelessChoiceEarly() {
    let taken = run(steps: 200, layers: 3) { methods, _ in methods.contains(.dense) ? 10 : 1 }
    #expect(taken.count { $0.contains(.dense) } == 2 * 4)
    #expect(taken.last == [.sparse, .sparse, .sparse])
  }

  /// A short batch takes less time by any method.
  @Test func timesFullBatchesAlone() {
    let taken = run(steps: 200, layers: 2, isFullBatch: { $0 % 5 != 3 }) { methods, step in
      step % 5 == 3 ? (methods.contains(.dense) ? 0.1 : 0.2) : methods.contains(.dense) ? 1.2 : 1
    }
    #expect(taken.last == [.sparse, .sparse])
  }

  @Test func aPreferredChoiceIsTaken() {
    var trial = MethodTrial(layerCount: 2)
    trial.preferred = [.dense, .sparse]
    #expect(trial.methods == [.dense, .sparse])
  }
}
