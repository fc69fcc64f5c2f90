import ReproducibleMath
import Testing

@testable import SparseNetworks

@Suite struct GroupPenaltyTests {
  /// Inputs: three lags of one signal, two of another.
  private static let signals = [0, 0, 0, 1, 1]

  private func layout() throws -> KernelLayout {
    KernelLayout(shape: try NetworkShape(inputs: 5, hidden: [3, 4], outputs: 2, inputSkip: true))
  }

  /// The packed places of each group's weights, by the definition.
  private func groups(_ over: WeightGroups, _ layout: KernelLayout) -> [[Int]] {
    var groups: [[Int]: [Int]] = [:]
    for (l, layer) in layout.shape.layers.enumerated() {
      for output in 0..<layer.outputs {
        for column in 0..<layer.columns {
          let input = column - layer.hiddenColumns
          let key: [Int]?
          switch over {
          case .lag: key = input < 0 ? nil : [input]
          case .signal: key = input < 0 ? nil : [Self.signals[input]]
          case .signalOfUnit: key = input < 0 ? nil : [l, output, Self.signals[input]]
          case .unit: key = l == 2 ? nil : [l, output]
          }
          if let key {
            groups[key, default: []].append(layout.index(layer: l, output: output, column: column))
          }
        }
      }
    }
    return Array(groups.values)
  }

  private func random(_ count: Int, seed: UInt64) -> (z: [Float], v: [Float]) {
    var stream = RandomStream(seed: seed, purpose: .sampling)
    let z = (0..<count).map { _ in Float(stream.normal()) }
    // Second moments over six decades.
    let v = (0..<count).map { _ in Float(Reproducible.exp(3 * stream.normal()) * 1e-4) }
    return (z, v)
  }

  private func step(
    _ over: WeightGroups, _ weight: Double, _ layout: KernelLayout, _ z: [Float], _ v: [Float], rate: Double
  ) throws -> [Float] {
    let step = try #require(
      GroupProximalStep(GroupPenalty(over: over, weight: weight), layout: layout, signals: Self.signals))
    var w = z
    w.withUnsafeMutableBufferPointer { w in
      v.withUnsafeBufferPointer { v in
        guard let w = w.baseAddress, let v = v.baseAddress else { return }
        step.apply(to: w, secondMoment: v, rate: rate, epsilon: 1e-8)
      }
    }
    return w
  }

  /// Each group is the minimum of sum (w - z)² / 2s + λ |w|: its gradient is zero, or the group is and |z / s| is at most
  /// λ. Weights in no group stay.
  @Test(arguments: WeightGroups.allCases, [0.01, 0.3, 3, 30, 300])
  func eachGroupIsTheMinimum(over: WeightGroups, weight: Double) throws {
    let layout = try layout()
    let groups = groups(over, layout)
    var zeros = 0
    for seed in 1...5 as ClosedRange<UInt64> {
      let (z, v) = random(layout.parameterCount, seed: seed)
      let w = try step(over, weight, layout, z, v, rate: 1e-2)
      let inGroups = Set(groups.joined())
      for place in w.indices where !inGroups.contains(place) { #expect(w[place] == z[place]) }
      for group in groups {
        let limit = weight * Double(group.count).squareRoot()
        let steps = group.map { 1e-2 / (Double(v[$0]).squareRoot() + 1e-8) }
        let norm = group.reduce(0) { $0 + Double(w[$1]) * Double(w[$1]) }.squareRoot()
        let dual = zip(group, steps).reduce(0) { $0 + Double(z[$1.0]) / $1.1 * Double(z[$1.0]) / $1.1 }
          .squareRoot()
        if dual <= limit {
          zeros += 1
          #expect(group.allSatisfy { w[$0] == 0 && w[$0].sign == .plus })
          continue
        }
        #expect(norm > 0)
        for (place, step) in zip(group, steps) {
          let pull = limit * Double(w[place]) / norm
          let push = (Double(z[place]) - Double(w[place])) / step
          // w is rounded to float32, and the pull by the norm's error.
          let tolerance = 4e-7 * (Double(z[place]).magnitude / step + limit)
          #expect((pull - push).magnitude <= tolerance, "\(pull) \(push)")
        }
      }
    }
    if weight == 300 { #expect(zeros > 0) }
  }

  @Test func noWeightIsNoStepAndNotANumberStays() throws {
    let layout = try layout()
    #expect(GroupProximalStep(nil, layout: layout, signals: Self.signals) == nil)
    #expect(
      GroupProximalStep(GroupPenalty(over: .lag, weight: 0), layout: layout, signals: Self.signals) == nil)
    var (z, v) = random(layout.parameterCount, seed: 1)
    let place = layout.index(layer: 0, output: 0, column: 2)
    z[place] = .nan
    #expect(try step(.lag, 1e9, layout, z, v, rate: 1e-2)[place].isNaN)
    z[place] = 0
    v[place] = .nan
    #expect(try step(.lag, 1e9, layout, z, v, rate: 1e-2).contains { $0.isNaN })
  }

  // MARK: - In a training

  /// Targets of inputs 0 and 3 alone.
  private func samples() -> TrainingSamples {
    TrainingSamples(count: 400, inputs: 5, targets: 2) { rows, rowStride in
      var stream = RandomStream(seed: 9, purpose: .sampling)
      for k in 0..<400 {
        let x = (0..<5).map { _ in Float(stream.normal()) }
        for (column, value) in x.enumerated() { rows[k * rowStride + column] = value }
        rows[k * rowStride + 5] = x[0] - 0.5 * x[3] + 0.1 * Float(stream.normal())
        rows[k * rowStride + 6] = max(0, x[0]) + 0.1 * Float(stream.normal())
      }
    }
  }

  private func trainer(
    _ penalty: Penalty, kernels: Kernels = Kernels.available[0], screening: Int? = nil
  ) throws -> Trainer {
    let settings = TrainingSettings(
      epochs: 60, batchSize: 32, learningRate: .cosine(from: 1e-2, to: 1e-4), penalty: penalty,
      screeningInterval: screening)
    return Trainer(
      shape: try NetworkShape(inputs: 5, hidden: [8], outputs: 2, inputSkip: true), settings: settings,
      seed: 4,
      samples: samples(), kernels: kernels, signals: Self.signals)
  }

  /// The inputs of which a weight is left in any layer.
  private func used(_ parameters: NetworkParameters) -> [Int] {
    (0..<5).filter { input in
      zip(parameters.shape.layers, parameters.layers).contains { shape, layer in
        (0..<shape.outputs).contains {
          layer.weights[$0 * shape.columns + shape.hiddenColumns + input] != 0
        }
      }
    }
  }

  @Test func inputsThatDoNothingLeaveAltogether() throws {
    let lag = try trainer(
      Penalty(method: .proximal, weight: 0, group: GroupPenalty(over: .lag, weight: 0.02)))
    try lag.train(steps: lag.totalSteps)
    #expect(used(lag.parameters) == [0, 3])
    let none = try trainer(Penalty(method: .proximal, weight: 0))
    try none.train(steps: none.totalSteps)
    #expect(used(none.parameters) == [0, 1, 2, 3, 4])
    // All steps but the first on the active weights alone.
    let active = try trainer(
      Penalty(method: .proximal, weight: 0, group: GroupPenalty(over: .lag, weight: 0.02)), screening: 100_000
    )
    try active.train(steps: active.totalSteps)
    #expect(used(active.parameters) == [0, 3])
    // Neither signal can go as a whole.
    let signal = try trainer(
      Penalty(method: .proximal, weight: 0, group: GroupPenalty(over: .signal, weight: 0.02)))
    try signal.train(steps: signal.totalSteps)
    #expect(used(signal.parameters) == [0, 1, 2, 3, 4])
    // The second output needs no skip connection of the other signal.
    let ofUnit = try trainer(
      Penalty(method: .proximal, weight: 0, group: GroupPenalty(over: .signalOfUnit, weight: 0.02)))
    try ofUnit.train(steps: ofUnit.totalSteps)
    let output = ofUnit.parameters.layers[1].weights[13..<26]
    #expect(output.suffix(2).allSatisfy { $0 == 0 } && output.contains { $0 != 0 })
    let unit = try trainer(
      Penalty(method: .proximal, weight: 0, group: GroupPenalty(over: .unit, weight: 0.02)))
    try unit.train(steps: unit.totalSteps)
    let units = unit.parameters.layers[0].weights
    let left = (0..<8).filter { unit in units[unit * 5..<unit * 5 + 5].contains { $0 != 0 } }
    #expect((1...4).contains(left.count), "\(left)")
    for unit in left { #expect(units[unit * 5..<unit * 5 + 5].count { $0 == 0 } < 3) }
  }

  /// Alone and with l1, with all weights, skipping zeros, and with an active set; from checkpoints at odd steps.
  @Test(arguments: WeightGroups.allCases, [nil, 7])
  func everyKernelAndEveryRestartGivesTheSameBits(over: WeightGroups, screening: Int?) throws {
    let penalty = Penalty(method: .proximal, weight: 2e-3, group: GroupPenalty(over: over, weight: 5e-3))
    let whole = try Kernels.available.map { kernels in
      let trainer = try trainer(penalty, kernels: kernels, screening: screening)
      try trainer.train(steps: trainer.totalSteps)
      return try trainer.checkpoint.encoded()
    }
    #expect(whole.count >= 2 && Set(whole).count == 1)
    var checkpoint: TrainingCheckpoint?
    var restarts = 0
    while true {
      let trainer = try trainer(penalty, screening: screening)
      if let checkpoint { try trainer.restore(checkpoint) }
      try trainer.train(steps: 53)
      checkpoint = try TrainingCheckpoint(decoding: trainer.checkpoint.encoded())
      restarts += 1
      if trainer.isFinished { break }
    }
    #expect(restarts > 10)
    #expect(try checkpoint?.encoded() == whole[0])
  }

  @Test func skippingZerosChangesNoBit() throws {
    let penalty = Penalty(method: .proximal, weight: 1e-3, group: GroupPenalty(over: .lag, weight: 0.02))
    let results = try [ZeroSkipping.Way.allWeights, .skipping].map { way in
      let trainer = try trainer(penalty)
      trainer.zeroSkipping?.preferred = way
      try trainer.train(steps: trainer.totalSteps)
      if way == .skipping { #expect((trainer.zeroSkipping?.skippedSteps ?? 0) > 200) }
      return try trainer.checkpoint.encoded()
    }
    #expect(results[0] == results[1])
  }
}
