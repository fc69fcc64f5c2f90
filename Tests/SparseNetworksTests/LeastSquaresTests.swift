import Foundation
import ReproducibleMath
import Testing
import TrainingKernels

@testable import SparseNetworks

/// The double-precision kernels against float64 of their own (reference-simulation.py): complex steps, exact to rounding.
///
/// Tolerance: sums of up to 40 steps, each through three layers of up to 30 products, in another order than NumPy's, and a
/// tanh of 4 ulp: some hundred roundings of 1e-16, times the dynamics' own factor below 10, so 1e-12 of the largest value.
@Suite struct LeastSquaresReferenceTests {
  private func problem(_ reference: SimulationCase, _ kernels: Kernels) throws -> SquaresProblem {
    SquaresProblem(
      FreeParameters(try reference.network()), loss: reference.errorLoss, ridge: 0,
      data: .runs(reference.runs, reference.recurrence), kernels: kernels,
      windows: reference.windows.map { Int($0[0])..<min(Int($0[1]), Int($0[0]) + reference.steps) + 1 },
      washout: reference.washout, trainsInitialStates: true)
  }

  @Test(arguments: 0..<6, Kernels.available.map(\.name))
  func lossGradientAndNormalEquations(number: Int, kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let reference = try SimulationCase.all()[number]
    let problem = try problem(reference, kernels)
    let values = problem.values(
      in: try reference.network(), initialStates: reference.initial.flatMap { $0.map(Double.init) })
    let free = problem.free.places.map { place in
      let layer = reference.gradient[place.layer]
      let columns = problem.free.shape.layers[place.layer].columns
      return place.column.map { layer[0][place.unit * columns + $0] } ?? layer[1][place.unit]
    }
    let expected = (free + reference.initialGradient.flatMap(\.self)).map { $0 / 2 }

    let cost = problem.point(at: values)
    #expect(problem.errors == reference.counted)
    let errors = Double(problem.errors)
    #expect(abs(cost.loss * errors - reference.loss) < 1e-12 * reference.loss)
    problem.computeNormalEquations(at: values)
    compare(problem.gradient.values.prefix(problem.count).map { $0 * errors }, expected)
    for (k, product) in reference.normal.enumerated() {
      let vector = (0..<problem.count).map { cos(Double((k + 1) * $0)) }
      compare(times(problem, vector).map { $0 * errors }, product)
    }

    let (again, gradient) = problem.gradientPoint(at: values)
    #expect(abs(again.loss - cost.loss) < 1e-14 * cost.loss)
    compare(gradient.map { $0 * errors }, expected)
  }

  private func times(_ problem: SquaresProblem, _ vector: [Double]) -> [Double] {
    vector.indices.map { i in
      vector.indices.reduce(0) { sum, j in
        sum + problem.normal.pointer[min(i, j) * problem.padded + max(i, j)] * vector[j]
      }
    }
  }

  private func compare(_ values: [Double], _ expected: [Double]) {
    #expect(values.count == expected.count)
    let scale = expected.map(\.magnitude).max() ?? 0
    for (value, other) in zip(values, expected) { #expect(abs(value - other) < 1e-12 * scale) }
  }

  /// One step's errors are those of a simulation of one step each that moves its state by the network alone.
  @Test(arguments: Kernels.available.map(\.name))
  func samplesAreSimulationsOfOneStep(kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let shape = try NetworkShape(inputs: 3, hidden: [5, 4], outputs: 2, inputSkip: true, activation: .tanh)
    let network = NetworkParameters.initial(shape: shape, seed: 4).thresholded(0.3)
    let rows = randomFloats(70 * 3, seed: 5)
    var targets = (0..<69).map { k in Array(rows[(k + 1) * 3..<(k + 1) * 3 + 2]) }
    for k in stride(from: 3, to: 69, by: 7) { targets[k][1] = .nan }
    let samples = TrainingSamples(count: 69, inputs: 3, targets: 2) { memory, stride in
      for k in 0..<69 {
        for c in 0..<3 { memory[k * stride + c] = rows[k * 3 + c] }
        for c in 0..<2 { memory[k * stride + 3 + c] = targets[k][c] }
      }
    }
    let runs = RecordedRuns(outputs: 2, inputs: 1, history: 0, lengths: .init(repeating: 2, count: 69)) {
      for k in 0..<69 {
        for c in 0..<3 { $0[2 * k * $1 + c] = rows[k * 3 + c] }
        for c in 0..<2 { $0[(2 * k + 1) * $1 + c] = targets[k][c] }
      }
    }
    let recurrence = Recurrence(
      outputLags: [1, 1], hiddenStates: 0, inputLags: [1], carry: [0, 0], offset: [0, 0], gain: [1, 1],
      outputWeights: [1, 1])
    let loss = Loss.huber(delta: 0.7)
    let ofSamples = SquaresProblem(
      FreeParameters(network), loss: loss, ridge: 1e-3, data: .samples(samples), kernels: kernels,
      order: Array(0..<69))
    let ofRuns = SquaresProblem(
      FreeParameters(network), loss: loss, ridge: 1e-3, data: .runs(runs, recurrence), kernels: kernels,
      windows: (0..<69).map { 2 * $0..<2 * $0 + 2 })
    let values = ofSamples.values(in: network, initialStates: [])
    for problem in [ofSamples, ofRuns] {
      _ = problem.point(at: values)
      problem.computeNormalEquations(at: values)
    }
    #expect(ofSamples.errors == ofRuns.errors && ofSamples.errors == 138 - 10)
    compare([ofSamples.point(at: values).cost], [ofRuns.point(at: values).cost])
    compare(Array(ofSamples.gradient.values), Array(ofRuns.gradient.values))
    let vector = (0..<ofRuns.count).map { cos(Double($0)) }
    compare(times(ofSamples, vector), times(ofRuns, vector))
    let byNormal = Array(ofSamples.gradient.values)
    compare(ofSamples.gradientPoint(at: values).gradient, Array(byNormal.prefix(ofSamples.count)))
  }
}

/// Second-order trainings.
@Suite struct SecondOrderTrainingTests {
  /// A system of one measured and one hidden state, simulated from several initial states.
  private static func runs(lengths: [Int], seed: UInt64, noise: Double = 0) -> RecordedRuns {
    var stream = RandomStream(seed: seed, purpose: .sampling)
    return RecordedRuns(outputs: 1, inputs: 1, history: 0, lengths: lengths) { rows, stride in
      var row = 0
      for length in lengths {
        var (y, h, u) = (stream.normal(), stream.normal(), 0.0)
        for k in 0..<length {
          if k % 6 == 0 { u = stream.normal() }
          rows[row * stride] = Float(y + noise * stream.normal())
          rows[row * stride + 1] = Float(u)
          (y, h) = (y + 0.1 * (Foundation.tanh(h) - 0.6 * y), 0.95 * h + 0.1 * (u - 0.3 * h))
          row += 1
        }
      }
    }
  }

  private static let recurrence = Recurrence(
    outputLags: [1], hiddenStates: 1, inputLags: [1], carry: [1, 0.95], offset: [0, 0], gain: [0.1, 0.1],
    outputWeights: [1])

  private func network(threshold: Float = 0) throws -> NetworkParameters {
    let shape = try NetworkShape(inputs: 3, hidden: [6], outputs: 2, inputSkip: true, activation: .tanh)
    return NetworkParameters.initial(shape: shape, seed: 2).contracting(Self.recurrence, seed: 2)
      .thresholded(threshold)
  }

  private static let losses: [SimulationLoss] = [
    SimulationLoss(horizon: nil, washout: 0, growth: 0, clipping: 1, trainsInitialStates: true),
    SimulationLoss(horizon: 30, washout: 10, growth: 0, clipping: 1, trainsInitialStates: false),
  ]

  private func settings(
    _ simulation: SimulationLoss, iterations: Int, method: SecondOrderSettings.Method = .levenbergMarquardt,
    tolerance: Double = 0
  ) -> TrainingSettings {
    TrainingSettings(
      epochs: iterations, batchSize: 40, learningRate: .constant(1), simulation: simulation,
      secondOrder: SecondOrderSettings(method: method, ridge: 1e-6, tolerance: tolerance))
  }

  private func training(
    _ simulation: SimulationLoss, iterations: Int = 30, method: SecondOrderSettings.Method = .automatic,
    tolerance: Double = 0, threshold: Float = 0, kernels: Kernels = Kernels.available[0]
  ) throws -> SecondOrderTraining {
    try SecondOrderTraining(
      network(threshold: threshold),
      settings: settings(simulation, iterations: iterations, method: method, tolerance: tolerance),
      data: .runs(Self.runs(lengths: [150, 90], seed: 3), Self.recurrence), kernels: kernels)
  }

  private static let methods: [SecondOrderSettings.Method] = [.levenbergMarquardt, .lbfgs]

  @Test(arguments: losses, methods)
  func everyIterationLowersTheCost(loss: SimulationLoss, method: SecondOrderSettings.Method) throws {
    let iterations = method == .lbfgs ? 400 : 60
    let training = try training(loss, iterations: iterations, method: method)
    var costs = [training.cost]
    for _ in 0..<iterations {
      training.train(steps: 1)
      costs.append(training.cost)
    }
    for (a, b) in zip(costs, costs.dropFirst()) { #expect(b <= a) }
    let curve = training.trainingCurve
    #expect(
      curve[iterations - 1] < curve[0] / 20,
      "\(curve[0]) to \(curve[iterations - 1])")
  }

  @Test(arguments: losses, methods)
  func everyInstructionSetGivesTheSameBits(loss: SimulationLoss, method: SecondOrderSettings.Method) throws {
    let checkpoints = try Kernels.available.map { kernels in
      let training = try training(loss, method: method, threshold: 0.1, kernels: kernels)
      training.train(steps: 9)
      return training.checkpoint
    }
    for other in checkpoints.dropFirst() { #expect(checkpoints[0].sameBits(as: other)) }
  }

  @Test(arguments: losses, methods)
  func aTrainingContinuesToTheSameBits(loss: SimulationLoss, method: SecondOrderSettings.Method) throws {
    let whole = try training(loss, iterations: 12, method: method, threshold: 0.1)
    whole.train(steps: 12)
    for cut in 1..<12 {
      let first = try training(loss, iterations: 12, method: method, threshold: 0.1)
      first.train(steps: cut)
      // Its weights and mask are the checkpoint's.
      let second = try training(loss, iterations: 12, method: method)
      try second.restore(TrainingCheckpoint(decoding: first.checkpoint.encoded()))
      second.train(steps: 12)
      #expect(second.checkpoint.sameBits(as: whole.checkpoint), "cut after \(cut) iterations")
    }
  }

  @Test func zerosStayAndATrainingEndsWhereNothingIsGained() throws {
    let training = try training(Self.losses[0], iterations: 400, tolerance: 1e-3, threshold: 0.1)
    let before = training.parameters
    training.train(steps: 400)
    for (before, after) in zip(before.layers, training.parameters.layers) {
      #expect(before.weights.map { $0 == 0 } == after.weights.map { $0 == 0 })
    }
    #expect(training.isFinished && training.trainingCurve.count == 400)
    #expect(training.trainingCurve[398] == training.trainingCurve[399])
  }

  @Test func aNetworkThatRunsAwayKeepsItsWeights() throws {
    var start = try network()
    for k in start.layers[1].weights.indices { start.layers[1].weights[k] = 1e30 }
    let training = try SecondOrderTraining(
      start, settings: settings(Self.losses[0], iterations: 5),
      data: .runs(Self.runs(lengths: [150], seed: 3), Self.recurrence), kernels: Kernels.available[0])
    training.train(steps: 5)
    #expect(training.isFinished && training.parameters == start)
  }

  /// The surgeon's choice costs less than that of the least magnitudes, before any training on.
  @Test(arguments: [UInt64(1), 2, 3]) func theSurgeonDropsWhatCostsLeast(seed: UInt64) throws {
    let data = SquaresData.runs(Self.runs(lengths: [200, 120], seed: seed, noise: 0.02), Self.recurrence)
    let settings = settings(Self.losses[0], iterations: 60)
    let training = try SecondOrderTraining(
      network(), settings: settings, data: data, kernels: Kernels.available[0])
    training.train(steps: 60)
    let trained = training.parameters
    let count = trained.nonzeroWeightCount
    let surgeon = try OptimalBrainSurgeon(
      trained, initialStates: training.initialStates, settings: settings, data: data,
      kernels: Kernels.available[0])
    let (pruned, initialStates) = surgeon.keeping(count - 8)
    #expect(pruned.nonzeroWeightCount <= count - 8 && pruned.nonzeroWeightCount > 0)
    func loss(_ network: NetworkParameters, _ initialStates: [Double]) throws -> Double {
      let problem = try SquaresProblem(
        FreeParameters(network), settings: settings, data: data, kernels: Kernels.available[0])
      return problem.point(at: problem.values(in: network, initialStates: initialStates)).loss
    }
    let smallest = trained.layers.flatMap(\.weights).map(\.magnitude).sorted()[7]
    let byMagnitude = trained.thresholded(smallest.nextUp)
    #expect(try loss(pruned, initialStates) < loss(byMagnitude, training.initialStates), "seed \(seed)")
  }
}
