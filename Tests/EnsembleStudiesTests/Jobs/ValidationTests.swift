import SparseNetworks
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Trainings that keep the weights whose forecasts of the validation trajectories are best.
@Suite struct ValidationTests {
  /// 98 samples: 7 steps an epoch. A rate so large that the last weights are rarely the best.
  private func job(_ dataset: DatasetOnDisk, interval: Int?, debias: Bool) throws -> TrainingJob {
    var job = try oscillatorJob(dataset.digest, epochs: 6)
    job.settings.learningRate = .constant(0.15)
    job.validationInterval = interval
    if debias {
      job.laterPhases = [
        TrainingPhase(settings: TrainingSettings(epochs: 6, batchSize: 16, learningRate: .constant(0.15)))
      ]
    }
    return job
  }

  private func train(_ job: TrainingJob, _ dataset: DatasetOnDisk, kernels: Kernels = Kernels.available[0])
    throws -> MemberFile
  {
    let training = try MemberTraining(job, dataset: dataset.file, kernels: kernels)
    guard case .finished(let member) = try training.run(progress: { _, _, _, _ in .proceed }) else {
      throw MemberFileError(source: "test", problem: "stopped")
    }
    return member
  }

  /// Trained step by step without validation, with the forecasts made here.
  @Test(arguments: [false, true])
  func theBestOfAllIntervalsIsKept(debias: Bool) throws {
    let set = try oscillatorSet(validation: [50, 45])
    let dataset = try DatasetOnDisk(set)
    let standardisation = try Standardisation(of: Array(set.training[..<2]))
    let job = try self.job(dataset, interval: nil, debias: debias)
    let training = try PhasedTraining(
      job,
      data: dataset.file.withViews(0..<2, of: .training) {
        try MemberData($0, dataset.file.signals, of: job, regressor: standardisation.presentRow)
      },
      kernels: Kernels.available[0], checkpoint: nil)
    let before = debias ? 42 : 0
    var best: (error: Double, step: Int, network: PrunedNetwork)?
    while !training.isFinished {
      _ = try training.train(steps: 1)
      let step = training.step - before
      guard step > 0, step % 5 == 0 || training.isFinished else { continue }
      let forecasts = MemberForecasts(
        network: training.network, standardisation: standardisation, samplingTime: 0.1,
        regressor: standardisation.presentRow, kernels: Kernels.available[0]
      ).forecasts(of: set.validation) {}
      let error = zip(set.validation, forecasts).reduce(0.0) { sum, pair in
        let error = ForecastError.errors(
          of: pair.1, truth: pair.0.states, deviations: standardisation.stateDeviation,
          windows: [ForecastWindow(from: 10, to: 40)])[0]
        return sum + (error.blewUp ? 3 : error.meanAbsolute) / 2
      }
      if error < best?.error ?? .infinity { best = (error, step, training.network) }
    }
    let member = try train(self.job(dataset, interval: 5, debias: debias), dataset)
    #expect(member.network == best?.network && member.chosenStep == best?.step)
    #expect(member.chosenStep != 42 && member.network != training.network)
    #expect(try MemberFile(decoding: member.encoded()) == member)
    // The curve is that of the whole training.
    #expect(member.trainingCurve == training.checkpoint.trainingCurve)
  }

  @Test func everyKernelGivesTheSameBytes() throws {
    let dataset = try DatasetOnDisk(oscillatorSet(validation: [50, 45]))
    let job = try job(dataset, interval: 4, debias: true)
    let bytes = try Kernels.available.map { try train(job, dataset, kernels: $0).encoded() }
    #expect(bytes.count >= 2 && Set(bytes).count == 1)
  }

  /// Stopped at each call of its progress, in the training as in the forecasts, and resumed: the same bytes.
  @Test(arguments: [false, true])
  func stoppedAnywhereItEndsInTheSameBytes(debias: Bool) throws {
    let dataset = try DatasetOnDisk(oscillatorSet(validation: [50, 45]))
    let job = try job(dataset, interval: 5, debias: debias)
    let whole = try train(job, dataset).encoded()
    let training = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
    for call in 1...30 {
      var calls = 0
      let first = try training.run { _, _, _, _ in
        calls += 1
        return calls == call ? .stop : .proceed
      }
      guard case .stopped(let checkpoint) = first else { break }
      let travelled = try MemberCheckpoint(decoding: checkpoint.encoded())
      #expect(travelled == checkpoint && travelled.validation != nil)
      guard
        case .finished(let member) = try training.run(from: travelled, progress: { _, _, _, _ in .proceed })
      else {
        Issue.record("stopped again")
        continue
      }
      #expect(try member.encoded() == whole, "stopped at call \(call)")
    }
  }

  @Test func jobsWithoutValidationTrajectoriesAreRefused() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let wanted = try job(dataset, interval: 5, debias: false)
    #expect(wanted.format == 4)
    #expect(try TrainingJob(payload: wanted.payload()) == wanted)
    #expect(throws: TrainingJobError.self) {
      try MemberTraining(wanted, dataset: dataset.file, kernels: Kernels.available[0])
    }
    let short = try DatasetOnDisk(oscillatorSet(validation: [9]))
    #expect(throws: TrainingJobError.self) {
      try MemberTraining(
        job(short, interval: 5, debias: false), dataset: short.file, kernels: Kernels.available[0])
    }
    let validated = try DatasetOnDisk(oscillatorSet(validation: [50]))
    #expect(throws: TrainingJobError.self) {
      try MemberTraining(
        job(validated, interval: 0, debias: false), dataset: validated.file, kernels: Kernels.available[0])
    }
    // A checkpoint of the job without validation isn't one of this.
    let other = try MemberTraining(
      job(validated, interval: nil, debias: false), dataset: validated.file, kernels: Kernels.available[0])
    guard case .stopped(let checkpoint) = try other.run(progress: { _, _, _, _ in .stop }) else {
      throw MemberFileError(source: "test", problem: "not stopped")
    }
    let training = try MemberTraining(
      job(validated, interval: 5, debias: false), dataset: validated.file, kernels: Kernels.available[0])
    #expect(throws: TrainingCheckpointError.otherTraining) {
      try training.run(from: checkpoint) { _, _, _, _ in .proceed }
    }
  }
}
