import DynamicalSystems
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Jobs that are trained on simulations, with and without hidden states.
@Suite struct HiddenStateTests {
  private func train(
    _ job: TrainingJob, _ dataset: DatasetFile, kernels: Kernels = Kernels.available[0],
    from checkpoint: MemberCheckpoint? = nil, stopAfter stop: Int = .max
  ) throws -> (member: MemberFile?, checkpoint: MemberCheckpoint?) {
    let training = try MemberTraining(job, dataset: dataset, kernels: kernels)
    switch try training.run(from: checkpoint, progress: { step, _, _, _ in step >= stop ? .stop : .proceed })
    {
    case .finished(let member): return (member, nil)
    case .stopped(let checkpoint): return (nil, checkpoint)
    }
  }

  /// The jobs of a study's variants on the oscillator, whose velocity isn't measured.
  private func jobs(_ set: TrajectorySet, _ dataset: DatasetOnDisk, _ keys: String) throws -> [TrainingJob] {
    let study = try StudyFile.study(
      yaml: """
        name: hidden
        members: 1
        dataset: {files: {train: [a], test: [b], outputs: [x], inputs: [force], samplingTime: 0.1}}
        variants: [{name: a, hidden: [6], activation: tanh, batchSize: 16, \(keys)}]
        forecast: {windows: [[0, 10], [0, 20]]}
        """, file: "s")
    return try StudyPlan(study, trajectories: set, digest: dataset.digest).members.map {
      try TrainingJob(payload: $0.payload)
    }
  }

  private func positions(_ set: TrajectorySet) throws -> TrajectorySet {
    func only(_ trajectories: [Trajectory]) throws -> [Trajectory] {
      try trajectories.map { trajectory in
        try Trajectory(
          samplingTime: trajectory.samplingTime, stateNames: ["x"], inputNames: trajectory.inputNames,
          states: (0..<trajectory.rowCount).map { trajectory.states[2 * $0] }, inputs: trajectory.inputs)
      }
    }
    return try TrajectorySet(
      training: only(set.training), test: only(set.test), validation: only(set.validation))
  }

  private static let variants = [
    "steps: 60, hiddenStates: 2, washout: 9, loss: {method: simulation, horizon: 12}",
    "steps: 60, hiddenStates: 1, washout: 9, loss: {method: simulation, horizon: whole}",
    "steps: 40, lags: {outputs: 2}, loss: {method: simulation, horizon: 10, startSteps: 20}",
    """
    steps: 40, hiddenStates: 1, washout: 9, loss: {method: simulation, horizon: 12, error: huber}, penalty: {method: proximal, \
    weight: 1e-2}, debias: {steps: 20, learningRate: 1e-3}, activeSet: true, screeningInterval: 5
    """,
    """
    steps: 40, hiddenStates: 2, washout: 9, initialState: washout, loss: {method: simulation, horizon: whole}, \
    pruning: {weights: 15, rounds: 2, steps: 10, learningRate: 1e-3}
    """,
    // A loss of its own in each phase.
    """
    steps: 20, penalty: {method: proximal, weight: 1e-3}, \
    pruning: {weights: 15, rounds: 2, steps: 8, learningRate: 1e-3, loss: {steps: 3}}, \
    debias: {steps: 12, learningRate: 1e-3, loss: {method: simulation, horizon: 10, growth: 0.5, clipping: 0.1}}
    """,
    """
    steps: 20, loss: {form: integral, steps: 4}, \
    pruning: {weights: 15, rounds: 2, steps: 8, learningRate: 1e-3, loss: {method: simulation, horizon: whole}}, \
    debias: {steps: 12, learningRate: 1e-3, loss: {method: oneStep}}
    """,
    """
    steps: 20, hiddenStates: 1, washout: 9, loss: {method: simulation, horizon: 8}, \
    debias: {steps: 12, learningRate: 1e-3, loss: {method: simulation, horizon: whole}}
    """,
    // Second-order phases, and blocks that are left out.
    """
    steps: 20, hiddenStates: 1, washout: 9, loss: {method: simulation, horizon: whole}, finish: {iterations: 6}, \
    pruning: {weights: 12, criterion: obs, rounds: 3, iterations: 3}, validation: {blocks: 3}
    """,
    """
    steps: 10, hiddenStates: 1, washout: 9, loss: {method: simulation, horizon: 8}, finish: {horizon: whole, iterations: 7}
    """,
    """
    steps: 20, penalty: {method: proximal, weight: 1e-2}, finish: {startIterations: 4, horizon: 10, windows: 9, iterations: 5}
    """,
    """
    steps: 10, finish: {method: lbfgs, iterations: 9, ridge: 1e-4}, validation: {blocks: 2}
    """,
  ]

  @Test(arguments: variants)
  func memberIsTheSameWithEveryKernelAndAfterEveryStop(keys: String) throws {
    let set = try positions(oscillatorSet(validation: [50]))
    let dataset = try DatasetOnDisk(set)
    let job = try #require(try jobs(set, dataset, keys).first)
    let isNew = keys.contains("finish") || keys.contains("blocks")
    #expect(try TrainingJob(payload: job.payload()) == job && job.format == (isNew ? 5 : 4))
    let members = try Kernels.available.map { try #require(try train(job, dataset.file, kernels: $0).member) }
    let bytes = try members.map { try $0.encoded() }
    #expect(bytes.count >= 2 && Set(bytes).count == 1)
    #expect(try MemberFile(decoding: bytes[0]) == members[0])
    let hidden = job.hiddenStates == nil ? nil : job.shape.outputs - 1
    #expect((TrainedMember(members[0]).hiddenStatesLeft ?? -1) <= hidden ?? -1)
    #expect(TrainedMember(members[0]).learnedInputFeatures.map(\.count) == [2])
    for stop in [1, 20, 30, 45, 55] {
      guard let checkpoint = try train(job, dataset.file, stopAfter: stop).checkpoint else { continue }
      let travelled = try MemberCheckpoint(decoding: checkpoint.encoded())
      let continued = try #require(try train(job, dataset.file, from: travelled).member)
      #expect(try continued.encoded() == bytes[0], "stopped after \(stop)")
    }
  }

  /// The phases train on the losses that the study gives them, and on the variant's where it gives none.
  @Test func eachPhaseHasItsLoss() throws {
    let set = try positions(oscillatorSet(validation: [50]))
    let dataset = try DatasetOnDisk(set)
    func losses(_ keys: String) throws -> [(Int?, OneStepLoss?)] {
      try #require(try jobs(set, dataset, keys).first).phases.map {
        ($0.settings.simulation.map { $0.horizon ?? 0 }, $0.settings.oneStep)
      }
    }
    let own = try losses(Self.variants[5])
    #expect(own.map(\.0) == [nil, nil, nil, 10])
    #expect(own.map(\.1) == [nil, OneStepLoss(steps: 3), OneStepLoss(steps: 3), nil])
    let mixed = try losses(Self.variants[6])
    #expect(mixed.map(\.0) == [nil, 0, 0, nil])
    #expect(mixed.map(\.1) == [OneStepLoss(form: .integral, steps: 4), nil, nil, nil])
    let inherited = try losses(
      "steps: 40, loss: {method: simulation, horizon: 10, startSteps: 20}, debias: {steps: 8, learningRate: 1e-3}"
    )
    #expect(inherited.map(\.0) == [nil, 10, 10])
  }

  @Test func theIntegralFormNeedsLongEnoughRuns() throws {
    let set = try positions(oscillatorSet())
    let dataset = try DatasetOnDisk(set)
    let longest = set.training.map(\.rowCount).max() ?? 0
    #expect(throws: StudyPlanError.self) {
      try jobs(set, dataset, "steps: 20, loss: {form: integral, steps: \(longest)}")
    }
  }

  /// The reference, one trajectory at a time; an estimated start must do better on the given rows than zero.
  @Test(arguments: variants.prefix(2))
  func forecastsFollowTheRecurrence(keys: String) throws {
    let set = try positions(oscillatorSet())
    let dataset = try DatasetOnDisk(set)
    let job = try #require(try jobs(set, dataset, keys).first)
    let member = try #require(try train(job, dataset.file).member)
    let hidden = try #require(job.hiddenStates)
    let isWashout = hidden.initialState == .washout
    let kernels = Kernels.available[0]
    func forecasts(_ start: HiddenStates) -> [[Double]] {
      MemberForecasts(
        network: member.network, standardisation: member.standardisation, samplingTime: 0.1,
        regressor: member.regressor, hiddenStates: start, kernels: kernels
      ).forecasts(of: set.test, alive: {})
    }
    let batched = forecasts(hidden)
    for (trajectory, forecast) in zip(set.test, batched) {
      let given = min(trajectory.rowCount, hidden.rows + 1)
      #expect(Array(forecast[..<given]) == Array(trajectory.states[..<given]))
      guard isWashout else { continue }
      #expect(
        forecast.map(\.bitPattern) == reference(member, trajectory, washout: hidden.rows).map(\.bitPattern))
    }
    if isWashout { return }
    // With no rows to estimate from, the start is zero.
    let fromZero = forecasts(HiddenStates(initialState: .estimated, rows: 0))
    for (trajectory, forecast) in zip(set.test, fromZero) {
      #expect(forecast.map(\.bitPattern) == reference(member, trajectory, washout: 0).map(\.bitPattern))
    }
    #expect(batched != fromZero)
  }

  private func reference(_ member: MemberFile, _ trajectory: Trajectory, washout: Int) -> [Double] {
    let one = SparseEvaluator(member.network, capacity: 1, kernels: Kernels.available[0])
    let reference = RollingForecast(
      standardisation: member.standardisation, samplingTime: 0.1, regressor: member.regressor, carry: 0.95,
      gain: 0.1)
    return reference.forecast(trajectory, washout: washout) { inputs, outputs in
      for (k, value) in inputs.enumerated() { one.input(k, tile: 0)[0] = value }
      one.evaluate()
      for k in outputs.indices { outputs[k] = one.output(k, tile: 0)[0] }
    }
  }

  /// Linear dynamics whose initial state is known: two states of which one is measured.
  @Test func initialStateIsEstimated() {
    let truth = [0.7, -1.2]
    func residuals(_ starts: [MemberForecasts.Start]) -> [[Double]] {
      starts.map { start in
        (0..<20).map { k in
          let decay = (1...max(1, k)).reduce(1.0) { product, _ in product * 0.9 }
          return (start.hidden[0] - truth[0]) * decay + (start.hidden[1] - truth[1]) * (k % 3 == 0 ? 1 : 0.2)
        }
      }
    }
    let starts = InitialStateEstimation(hiddenStates: 2).estimate(3, residuals: residuals)
    for start in starts {
      // The prior draws them towards zero by less than a hundredth.
      #expect(zip(start.hidden, truth).allSatisfy { abs($0 - $1) < 0.01 })
    }
  }

  @Test func inputsWithADeadTimeAreShifted() throws {
    let set = try positions(oscillatorSet())
    let standardisation = try Standardisation(of: set.training)
    let regressor = try Regressor(outputLags: [2], inputs: [.init(lags: 2, deadTime: 3)])
    let runs = try DatasetOnDisk(set).file.withViews(0..<set.training.count, of: .training) {
      RecordedRuns(regressor, of: $0, standardisation)
    }
    #expect(runs.history == 4 && runs.runs.map(\.count) == set.training.map(\.rowCount))
    #expect(runs.sampleCount == set.training.reduce(0) { $0 + regressor.sampleCount(rows: $1.rowCount) })
    // What a window's register holds at its start is the sample of that row.
    let stride = 8
    var samples = [Float](repeating: 0, count: runs.sampleCount * stride)
    samples.withUnsafeMutableBufferPointer {
      _ = standardisation.fillSamples(regressor, of: set.training, into: $0, rowStride: stride)
    }
    var sample = 0
    for run in runs.runs {
      for row in run.dropLast() where row >= run.lowerBound + runs.history {
        #expect(
          Array(samples[sample * stride..<sample * stride + 4])
            == [
              runs.value(row, 0), runs.value(row - 1, 0), runs.value(row, 1), runs.value(row - 1, 1),
            ])
        sample += 1
      }
    }
    #expect(sample == runs.sampleCount)
  }

  @Test func hiddenStatesThatReachNoOutputAreNotNeeded() throws {
    let regressor = try Regressor(outputLags: [1], hiddenStates: 3, inputs: [.init(lags: 2)])
    // Columns y, h1, h2, h3, u[t], u[t-1]; h2 acts through h1, h3 on itself alone.
    let table = [
      [true, true, false, false, false, false], [false, false, true, false, false, false],
      [false, false, false, false, false, true], [true, false, false, true, true, false],
    ]
    #expect(regressor.neededHiddenStates(table) == [0, 1])
    #expect(regressor.bySignal(table) == [[true, true]])
    var without = table
    without[0][1] = false
    #expect(regressor.neededHiddenStates(without).isEmpty)
    #expect(regressor.bySignal(without) == [[true, false]])
  }

  @Test(arguments: [
    "hiddenStates: 1", "hiddenStates: 1, loss: {method: oneStep}", "loss: {horizon: 20}",
    "hiddenStates: 1, initialState: estimated, loss: {method: simulation, horizon: 20}",
    "loss: {method: simulation, horizon: all}", "loss: {method: simulation, growth: 1}",
  ])
  func impossibleStudiesAreRefused(keys: String) throws {
    let set = try positions(oscillatorSet())
    let dataset = try DatasetOnDisk(set)
    #expect(throws: StudyFileError.self) { try jobs(set, dataset, "epochs: 1, " + keys) }
  }

  @Test func jobsThatDoNotFitAreRefused() throws {
    let set = try positions(oscillatorSet())
    let dataset = try DatasetOnDisk(set)
    #expect(throws: StudyPlanError.self) {
      try jobs(
        set, dataset,
        """
        epochs: 1, hiddenStates: 1, washout: 9, loss: {method: simulation, horizon: 20}, \
        pruning: {weights: 5, criterion: fisher, steps: 5, learningRate: 1e-3}
        """)
    }
    let good = try #require(try jobs(set, dataset, Self.variants[0]).first)
    for change: (inout TrainingJob) -> Void in [
      { $0.hiddenStates = nil }, { $0.settings.simulation = nil }, { $0.settings.simulation?.horizon = 1 },
      {
        let settings = $0.settings
        $0.laterPhases = [
          TrainingPhase(keep: .init(weights: 5, roundsAfter: 0, criterion: .fisher), settings: settings)
        ]
      },
      { $0.settings.simulation?.clipping = 0 }, { $0.settings.simulation?.trainsInitialStates = true },
    ] {
      var job = good
      change(&job)
      #expect(throws: TrainingJobError.self) { try train(job, dataset.file) }
    }
  }
}
