import Foundation
import ReproducibleMath
import Testing
import TrainingKernels

@testable import SparseNetworks

/// Losses and gradients of simulations against float64 (reference-simulation.py).
///
/// Tolerances: a state is a sum of up to 28 steps in float32 (unit roundoff 6e-8), each through up to three layers of up to
/// 30 products of size about 1; its error grows with the horizon by the dynamics' own factor, below 10 here. So losses agree
/// to about 1e-5, and gradients to 1e-5 of the largest of their kind.
@Suite struct SimulationReferenceTests {
  @Test(arguments: 0..<6, Kernels.available.map(\.name))
  func lossAndGradient(number: Int, kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let reference = try SimulationCase.all()[number]
    let result = try reference.run(kernels)
    #expect(result.counted == reference.counted)
    #expect(abs(result.loss - reference.loss) < 1e-5 * reference.loss)
    for (layer, expected) in zip(result.gradient.layers, reference.gradient) {
      compare(layer.weights, expected[0])
      compare(layer.biases, expected[1])
    }
    for (states, expected) in zip(result.initialGradient, reference.initialGradient) where !expected.isEmpty {
      compare(states, expected)
    }
  }

  private func compare(_ values: [Float], _ expected: [Double]) {
    #expect(values.count == expected.count)
    let scale = expected.map(\.magnitude).max() ?? 0
    for (value, other) in zip(values, expected) { #expect(abs(Double(value) - other) < 1e-5 * scale) }
  }
}

/// A case of the reference.
struct SimulationCase: Decodable {
  let outputLags: [Int]
  let hiddenStates: Int
  let inputLags: [Int]
  let layers: [Int]
  let inputSkip: Bool
  let activation: Activation
  let steps: Int
  let washout: Int
  let delta: Double?
  let rows: [[Float?]]
  let carry, offset, gain, outputWeights: [Float]
  let windows: [[Int32]]
  let initial: [[Float]]
  let parameters: [[[Float]]]
  let loss: Double
  let counted: Int
  let gradient: [[[Double]]]
  let initialGradient: [[Double]]
  /// Products of the normal equations' matrix with three vectors.
  let normal: [[Double]]

  static func all() throws -> [SimulationCase] {
    let url = try #require(
      Bundle.module.url(forResource: "simulation", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([SimulationCase].self, from: Data(contentsOf: url))
  }

  var errorLoss: Loss { delta.map { .huber(delta: $0) } ?? .squared }

  var recurrence: Recurrence {
    Recurrence(
      outputLags: outputLags, hiddenStates: hiddenStates, inputLags: inputLags, carry: carry, offset: offset,
      gain: gain, outputWeights: outputWeights)
  }

  func network() throws -> NetworkParameters {
    let shape = try NetworkShape(
      inputs: recurrence.inputWidth, hidden: layers, outputs: recurrence.states, inputSkip: inputSkip,
      activation: activation)
    return NetworkParameters(
      shape: shape, layers: parameters.map { NetworkParameters.Layer(weights: $0[0], biases: $0[1]) })
  }

  var runs: RecordedRuns {
    RecordedRuns(
      outputs: outputLags.count, inputs: inputLags.count, history: recurrence.longestLag - 1,
      lengths: [rows.count]
    ) {
      for (row, values) in rows.enumerated() {
        for (column, value) in values.enumerated() { $0[row * $1 + column] = value ?? .nan }
      }
    }
  }

  func run(_ kernels: Kernels) throws -> (
    loss: Double, counted: Int, gradient: NetworkParameters, initialGradient: [[Float]]
  ) {
    let network = try network()
    let layout = KernelLayout(shape: network.shape)
    let packed = AlignedBuffer<Float>(count: layout.parameterCount)
    layout.pack(network, into: packed.pointer)
    let call = SimulationCall(
      layout: layout, recurrence: recurrence, runs: runs, start: windows.map { $0[0] },
      last: windows.map { $0[1] },
      steps: steps, washout: washout, loss: errorLoss, initial: initial)
    let (loss, counted) = call.run(packed, kernels: kernels)
    return (Double(loss), counted, layout.unpack(call.gradient.pointer), call.initialGradients)
  }
}

/// One call of the kernel, with its memory.
final class SimulationCall {
  let gradient: AlignedBuffer<Float>
  private let layout: KernelLayout
  private let recurrence: KernelRecurrence
  private let hiddenStates: Int
  private let runs: RecordedRuns
  private let start, last: AlignedBuffer<Int32>
  private let steps, washout: Int
  private let loss: Loss
  private let initial, initialGradient: AlignedBuffer<Float>

  init(
    layout: KernelLayout, recurrence: Recurrence, runs: RecordedRuns, start: [Int32], last: [Int32],
    steps: Int,
    washout: Int, loss: Loss, initial: [[Float]]
  ) {
    self.layout = layout
    self.recurrence = KernelRecurrence(recurrence)
    (self.runs, self.steps, self.washout, self.loss) = (runs, steps, washout, loss)
    hiddenStates = recurrence.hiddenStates
    self.start = AlignedBuffer(count: start.count)
    self.start.copy(from: start)
    self.last = AlignedBuffer(count: last.count)
    self.last.copy(from: last)
    let tiles = (start.count + POTLINE_LANES - 1) / POTLINE_LANES
    self.initial = AlignedBuffer(count: tiles * hiddenStates * POTLINE_LANES)
    initialGradient = AlignedBuffer(count: self.initial.count)
    gradient = AlignedBuffer(count: layout.parameterCount)
    for (w, states) in initial.enumerated() {
      for (s, value) in states.enumerated() { self.initial.pointer[index(w, s)] = value }
    }
  }

  private func index(_ window: Int, _ state: Int) -> Int {
    (window / POTLINE_LANES * hiddenStates + state) * POTLINE_LANES + window % POTLINE_LANES
  }

  var initialGradients: [[Float]] {
    (0..<start.count).map { w in (0..<hiddenStates).map { initialGradient.pointer[index(w, $0)] } }
  }

  func run(_ parameters: AlignedBuffer<Float>, kernels: Kernels) -> (loss: Float, counted: Int) {
    let group = POTLINE_SIMULATION_TILES * POTLINE_LANES
    let X = AlignedBuffer<Float>(count: (steps + 1) * layout.activationRows * group)
    let D = AlignedBuffer<Float>(count: POTLINE_SIMULATION_CHUNK * layout.deltaRows * group)
    return withUnsafePointer(to: layout.network) { network in
      withUnsafePointer(to: recurrence.table) { recurrence in
        let scratch = AlignedBuffer<Float>(
          count: Int(potline_simulation_scratch(network, recurrence, Int32(steps), Int32(washout))))
        var windows = potline_windows(
          rows: runs.pointer, rowStride: Int32(runs.rowStride), count: Int32(start.count),
          start: start.pointer, last: last.pointer)
        return withUnsafePointer(to: &windows) { windows in
          var arguments = potline_simulation_arguments(
            network: network, recurrence: recurrence, windows: windows, parameters: parameters.pointer,
            steps: Int32(steps), washout: Int32(washout), loss: loss.kernelLoss, initial: initial.pointer,
            initialGradient: initialGradient.pointer, X: X.pointer, D: D.pointer, scratch: scratch.pointer,
            gradient: gradient.pointer, counted: 0)
          let sum = kernels.table.pointee.simulationGradient(&arguments)
          return (sum, Int(arguments.counted))
        }
      }
    }
  }
}

/// The training on simulations.
@Suite struct SimulationTrainerTests {
  /// Two outputs and an input with some rows missing, whose next values depend on the last two.
  private func recordedRuns(lengths: [Int], seed: UInt64, missing: Bool = true) -> RecordedRuns {
    var stream = RandomStream(seed: seed, purpose: .sampling)
    return RecordedRuns(outputs: 2, inputs: 1, history: 1, lengths: lengths) { rows, stride in
      var row = 0
      for length in lengths {
        var (y1, y2, previous, u) = (Float(stream.normal()), Float(stream.normal()), Float(0), Float(0))
        for k in 0..<length {
          if k % 5 == 0 { u = Float(stream.normal()) }
          rows[row * stride] = missing && k % 23 == 22 ? .nan : y1
          rows[row * stride + 1] = y2
          rows[row * stride + 2] = u
          (y1, y2, previous) = (y1 + 0.1 * (y2 - y1), y2 + 0.1 * (u - 0.5 * y2 + 0.3 * previous), y1)
          row += 1
        }
      }
    }
  }

  private func trainer(
    _ runs: RecordedRuns, loss: SimulationLoss, activation: Activation = .tanh, penalty: Penalty = .none,
    screening: Int? = nil, initial: NetworkParameters? = nil, hasFixedMask: Bool = false, epochs: Int = 4,
    kernels: Kernels = Kernels.available[0]
  ) throws -> SimulationTrainer {
    let recurrence = Recurrence(
      outputLags: [2, 1], hiddenStates: 1, inputLags: [2], carry: [1, 1, 0.95], offset: [0.01, 0, 0],
      gain: [0.1, 0.1, 0.1], outputWeights: [1, 0.5])
    let shape = try NetworkShape(
      inputs: recurrence.inputWidth, hidden: [7, 5], outputs: recurrence.states, inputSkip: true,
      activation: activation)
    return try SimulationTrainer(
      initial: initial ?? .initial(shape: shape, seed: 3),
      settings: TrainingSettings(
        epochs: epochs, batchSize: 20, learningRate: .constant(3e-3), simulation: loss, penalty: penalty,
        screeningInterval: screening),
      recurrence: recurrence, runs: runs, seed: 9, hasFixedMask: hasFixedMask, kernels: kernels)
  }

  private static let losses = [
    SimulationLoss(horizon: 40, washout: 6, growth: 0.5, clipping: 1, trainsInitialStates: false),
    SimulationLoss(horizon: 12, washout: 0, growth: 0, clipping: .infinity, trainsInitialStates: false),
    SimulationLoss(horizon: nil, washout: 0, growth: 0, clipping: 0.3, trainsInitialStates: true),
  ]

  private static let penalties = [
    (Penalty.none, nil), (Penalty(method: .proximal, weight: 3e-3), nil),
    (Penalty(method: .proximal, weight: 3e-3), 7), (Penalty(method: .subgradient, weight: 1e-3), nil),
  ]

  @Test(arguments: losses, 0..<4)
  func everyInstructionSetGivesTheSameBits(loss: SimulationLoss, penalty number: Int) throws {
    let (penalty, screening) = Self.penalties[number]
    let runs = recordedRuns(lengths: [300, 70, 41, 9], seed: UInt64(number))
    let checkpoints = try Kernels.available.map { kernels in
      let training = try trainer(runs, loss: loss, penalty: penalty, screening: screening, kernels: kernels)
      try training.train(steps: 25)
      return training.checkpoint
    }
    for other in checkpoints.dropFirst() { #expect(checkpoints[0].sameBits(as: other)) }
  }

  @Test(arguments: losses, 0..<4)
  func aTrainingContinuesToTheSameBits(loss: SimulationLoss, penalty number: Int) throws {
    let (penalty, screening) = Self.penalties[number]
    let runs = recordedRuns(lengths: [260, 90], seed: 5)
    func training() throws -> SimulationTrainer {
      try trainer(
        runs, loss: loss, penalty: penalty, screening: screening, epochs: loss.horizon == nil ? 23 : 4)
    }
    let whole = try training()
    try whole.train(steps: .max / 2)
    #expect(whole.isFinished)
    for cut in 1..<whole.totalSteps where cut % 3 == 0 {
      let first = try training()
      try first.train(steps: cut)
      let second = try training()
      try second.restore(TrainingCheckpoint(decoding: first.checkpoint.encoded()))
      try second.train(steps: .max / 2)
      #expect(second.checkpoint.sameBits(as: whole.checkpoint), "cut after \(cut) steps")
    }
  }

  @Test func zerosOfAFixedMaskStay() throws {
    let runs = recordedRuns(lengths: [200], seed: 6)
    let start = try trainer(runs, loss: Self.losses[0]).parameters.thresholded(0.3)
    let training = try trainer(runs, loss: Self.losses[0], initial: start, hasFixedMask: true)
    try training.train(steps: 10)
    for (before, after) in zip(start.layers, training.parameters.layers) {
      #expect(before.weights.map { $0 == 0 } == after.weights.map { $0 == 0 })
      #expect(before.weights != after.weights && before.biases != after.biases)
    }
  }

  /// The loss of a network that has learnt is a small part of the signals' variance, which is about 1.
  @Test(arguments: losses) func theSimulationIsLearnt(loss: SimulationLoss) throws {
    let runs = recordedRuns(lengths: Array(repeating: 120, count: 20), seed: 8)
    let training = try trainer(runs, loss: loss, epochs: loss.horizon == nil ? 1500 : 300)
    let first = try training.train(steps: 1)
    let last = try training.train(steps: .max / 2)
    #expect(last < 0.02 && last < first / 10, "seed 8: from \(first) to \(last)")
  }

  @Test func windowsBeginWhereTheirHistoryIsMeasured() {
    // Rows 0 to 9, 10 to 12, 13 and 14.
    func starts(history: Int, lags: Int, steps: Int) -> [Int32] {
      let runs = RecordedRuns(outputs: 1, inputs: 0, history: history, lengths: [10, 3, 2]) { rows, stride in
        for row in 0..<15 { rows[row * stride] = row == 4 ? .nan : 1 }
      }
      return runs.windowStarts(lags: lags, steps: steps)
    }
    #expect(starts(history: 1, lags: 2, steps: 3) == [1, 2, 3, 6, 11])
    #expect(starts(history: 3, lags: 2, steps: 3) == [3, 6])
    #expect(starts(history: 3, lags: 4, steps: 3) == [3])
    #expect(starts(history: 5, lags: 6, steps: 1).isEmpty)
  }

  @Test func whatCannotBeSimulatedIsRefused() throws {
    let short = recordedRuns(lengths: [2, 2], seed: 1)
    #expect(throws: SimulationTrainingError.noWindow(history: 1, lags: 2)) {
      try trainer(short, loss: Self.losses[0])
    }
    var loss = Self.losses[2]
    loss.washout = 50
    let runs = recordedRuns(lengths: [40], seed: 1)
    #expect(throws: SimulationTrainingError.washoutTooLong(washout: 50, steps: 38)) {
      try trainer(runs, loss: loss)
    }
    loss.horizon = 5
    #expect(throws: SimulationTrainingError.initialStatesOfWindows) { try trainer(runs, loss: loss) }
  }

  /// The horizon doubles in equal shares of the growth's time.
  @Test func theHorizonGrows() {
    let loss = SimulationLoss(horizon: 60, washout: 0, growth: 0.5, clipping: 1, trainsInitialStates: false)
    #expect(
      [0, 16, 17, 33, 34, 49, 50, 99].map { loss.horizon(step: $0, of: 100) } == [
        8, 8, 16, 16, 32, 32, 60, 60,
      ])
  }
}
