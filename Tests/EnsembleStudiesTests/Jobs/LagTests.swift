import DynamicalSystems
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Jobs of networks that see lags and dead times.
@Suite struct LagTests {
  private func train(_ job: TrainingJob, _ dataset: DatasetFile, kernels: Kernels = Kernels.available[0])
    throws -> MemberFile
  {
    let training = try MemberTraining(job, dataset: dataset, kernels: kernels)
    guard case .finished(let member) = try training.run(progress: { _, _, _, _ in .proceed }) else {
      throw MemberFileError(source: "test", problem: "stopped")
    }
    return member
  }

  private func laggedJob(_ dataset: DatasetOnDisk, atOutput: Bool = false) throws -> TrainingJob {
    var job = try oscillatorJob(dataset.digest, epochs: 5)
    let regressor = try Regressor(
      outputLags: [3, 1], inputs: [.init(lags: 2, deadTime: 1)], inputAtOutput: atOutput)
    job.regressor = regressor
    job.shape = try NetworkShape(inputs: 6, hidden: [8], outputs: 2, inputSkip: true)
    return job
  }

  /// One lag and no dead time is the job of a study without these keys, to the bytes of its member.
  @Test func oneLagIsThePresentRow() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let plain = try oscillatorJob(dataset.digest, epochs: 3)
    var lagged = plain
    lagged.regressor = try Regressor(outputLags: [1, 1], inputs: [.init(lags: 1)])
    #expect(try lagged.payload() == plain.payload() && lagged.format == TrainingJob.plainFormat)
    #expect(try train(lagged, dataset.file).encoded() == train(plain, dataset.file).encoded())
    let yaml = """
      name: lags
      members: 1
      dataset: {files: {train: [a], test: [b], outputs: [x, v], inputs: [force], samplingTime: 0.1}}
      variants: [{name: a, hidden: [4], batchSize: 16KEYS}]
      forecast: {windows: [[0, 10]]}
      """
    func job(_ keys: String) throws -> TrainingJob {
      let study = try StudyFile.study(yaml: yaml.replacing("KEYS", with: keys), file: "s")
      let plan = try StudyPlan(study, trajectories: oscillatorSet(), digest: dataset.digest)
      return try TrainingJob(payload: plan.members[0].payload)
    }
    let without = try job("")
    #expect(try job(", lags: {outputs: {x: 1}}, deadTime: {force: 0}") == without)
    let with = try job(", lags: {outputs: {x: 3}, inputs: 2}, deadTime: {force: 1}")
    #expect(with.regressor == (try laggedJob(dataset).regressor) && with.format == 4)
    #expect(with.shape.inputs == 6)
    #expect(try TrainingJob(payload: with.payload()) == with)
    #expect(throws: StudyPlanError.self) { try job(", lags: {inputs: 60}") }
  }

  @Test(arguments: [false, true])
  func laggedMemberIsTheSameWithEveryKernelAndComesBack(atOutput: Bool) throws {
    let dataset = try DatasetOnDisk(oscillatorSet(validation: [50]))
    let job = try laggedJob(dataset, atOutput: atOutput)
    let members = try Kernels.available.map { try train(job, dataset.file, kernels: $0) }
    let bytes = try members.map { try $0.encoded() }
    #expect(bytes.count >= 2 && Set(bytes).count == 1)
    let read = try MemberFile(decoding: bytes[0])
    #expect(read == members[0])
    #expect(
      read.columnNames
        == ["x[t]", "x[t-1]", "x[t-2]", "v"]
        + (atOutput ? ["force[t]", "force[t-1]"] : ["force[t-1]", "force[t-2]"]))
    // The second test trajectory has 30 rows; two are measured before the one from which the forecast starts.
    #expect(read.forecasts.map { $0.map(\.stepCount) } == [[10, 30], [10, 17], [10, 30]])
    let record = TrainedMember(read)
    #expect(record.learnedInputFeatures.allSatisfy { $0.count == 3 })
    #expect(record.learnedLags?.columns == read.columnNames)
  }

  /// Trajectories of different lengths, one of them too short, in the lanes and one at a time.
  @Test(arguments: [false, true])
  func batchedForecastsAreThoseOfTheReference(atOutput: Bool) throws {
    let set = try oscillatorSet()
    let dataset = try DatasetOnDisk(set)
    let member = try train(try laggedJob(dataset, atOutput: atOutput), dataset.file)
    let many = Array(repeating: try set.test + oscillatorTrajectories([2, 3, 4]), count: 7).flatMap { $0 }
    let batched = MemberForecasts(
      network: member.network, standardisation: member.standardisation, samplingTime: 0.1,
      regressor: member.regressor, kernels: Kernels.available[0]
    ).forecasts(of: many, alive: {})
    let reference = RollingForecast(
      standardisation: member.standardisation, samplingTime: 0.1, regressor: member.regressor)
    for (trajectory, forecast) in zip(many, batched) {
      let one = SparseEvaluator(member.network, capacity: 1, kernels: Kernels.available[0])
      let expected = reference.forecast(trajectory) { inputs, outputs in
        for (k, value) in inputs.enumerated() { one.input(k, tile: 0)[0] = value }
        one.evaluate()
        for k in outputs.indices { outputs[k] = one.output(k, tile: 0)[0] }
      }
      #expect(forecast.map(\.bitPattern) == expected.map(\.bitPattern))
      let given = 2 * min(trajectory.rowCount, member.regressor.warmUp + 1)
      #expect(Array(forecast[..<given]) == Array(trajectory.states[..<given]))
    }
  }

  @Test func jobsWhoseRegressorDoesNotFitAreRefused() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let good = try laggedJob(dataset)
    for change: (inout TrainingJob) throws -> Void in [
      { $0.regressor = try Regressor(outputLags: [3], inputs: [.init(lags: 2)]) },
      { $0.regressor = try Regressor(outputLags: [3, 2], inputs: [.init(lags: 2)]) },
      { $0.regressor = try Regressor(outputLags: [2, 1], hiddenStates: 1, inputs: [.init(lags: 2)]) },
      { $0.regressor = try Regressor(outputLags: [3, 1], inputs: [.init(lags: 2, deadTime: 99)]) },
      { $0.regressor = nil },
    ] {
      var job = good
      try change(&job)
      #expect(throws: TrainingJobError.self) {
        try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
      }
    }
  }

  /// A tank whose pump acts 3 samples later: a network that sees the pump's past forecasts it, one of the present row can't.
  @Test func deadTimeIsLearned() throws {
    let set = try Simulation(of: DelayedTank(), seed: 2, rowCount: 400).trajectories(training: 4, test: 4)
    let dataset = try DatasetOnDisk(set)
    func error(_ keys: String) throws -> Double {
      let study = try StudyFile.study(
        yaml: """
          name: delay
          members: 1
          dataset: {simulated: {system: delayed-tank}}
          variants:
            - {name: a, hidden: [8], activation: tanh, inputSkip: true, epochs: 60, batchSize: 32, learningRate: 5e-3KEYS}
          forecast: {windows: [[0, 300]]}
          """.replacing("KEYS", with: keys), file: "s")
      let plan = try StudyPlan(study, trajectories: set, digest: dataset.digest)
      let member = try train(try TrainingJob(payload: plan.members[0].payload), dataset.file)
      return member.forecasts.reduce(0) { $0 + $1[0].meanAbsolute } / 4
    }
    let (present, lagged, known) = try (
      error(""), error(", lags: {inputs: 5}"), error(", deadTime: {pump: 3}")
    )
    #expect(lagged < present / 3 && known < present / 3, "\(present) \(lagged) \(known)")
  }

  /// The tank with noise of 4 % of its level: of 13 lags the present level and the voltage of three samples ago are left, in at
  /// least nine of ten members.
  @Test func groupPenaltyFindsLagsAndDeadTime() throws {
    let study = try StudyFile.study(
      yaml: """
        name: groups
        members: 10
        dataset: {simulated: {system: delayed-tank, trajectories: 6, steps: 500, testTrajectories: 1, measurementNoise: [0.02]}}
        variants:
          - name: a
            hidden: [8]
            activation: tanh
            inputSkip: true
            lags: {outputs: 5, inputs: 8}
            steps: 2500
            batchSize: 64
            learningRate: {schedule: cosine, from: 5e-3, to: 5e-5}
            penalty: {method: proximal, group: {over: lag, weight: 3e-3}}
        forecast: {windows: [[0, 100]]}
        """, file: "s")
    let set = try study.dataset.trajectories(relativeTo: "")
    let dataset = try DatasetOnDisk(set)
    let plan = try StudyPlan(study, trajectories: set, digest: dataset.digest)
    let kernels = try Kernels.selected()
    let found = try plan.members.map { member in
      let lags = try #require(
        TrainedMember(try train(TrainingJob(payload: member.payload), dataset.file, kernels: kernels))
          .learnedLags)
      return zip(lags.columns, lags.features[0]).filter(\.1).map(\.0)
    }
    #expect(found.count == 10 && found.count { $0 == ["level[t]", "pump[t-3]"] } >= 9, "\(found)")
  }
}
