import Digests
import SparseNetworks
import Testing
import TrajectoryData

@testable import EnsembleStudies

@Suite struct PhasedTrainingTests {
  /// Penalised training, three rounds of pruning to 12 weights, debiasing.
  private func job(_ dataset: SHA256Digest, by criterion: PruningCriterion = .fisher) throws -> TrainingJob {
    var job = try oscillatorJob(dataset, epochs: 6)
    let settings = TrainingSettings(epochs: 2, batchSize: 16, learningRate: .constant(5e-3))
    job.laterPhases =
      [2, 1, 0].map {
        TrainingPhase(keep: .init(weights: 12, roundsAfter: $0, criterion: criterion), settings: settings)
      }
      + [TrainingPhase(settings: TrainingSettings(epochs: 3, batchSize: 32, learningRate: .constant(1e-3)))]
    return job
  }

  private func training(_ job: TrainingJob, _ dataset: DatasetFile, from checkpoint: MemberCheckpoint? = nil)
    throws -> PhasedTraining
  {
    let data = try dataset.withViews(0..<job.trainingTrajectories, of: .training) {
      try MemberData($0, dataset.signals, of: job, regressor: .present(outputs: 2, inputs: 1))
    }
    return try PhasedTraining(job, data: data, kernels: Kernels.available[0], checkpoint: checkpoint)
  }

  @Test func everyPhaseLeavesWhatItShould() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let job = try job(dataset.digest)
    // 98 samples: 7 steps an epoch in batches of 16, 4 in batches of 32.
    let ends = [42, 56, 70, 84, 96]
    let training = try training(job, dataset.file)
    #expect(training.totalSteps == 96)
    var left: [Int] = []
    for end in ends {
      while training.step < end { _ = try training.train(steps: 5) }
      #expect(training.step == end)
      left.append(training.network.weightCount)
    }
    #expect(training.isFinished && training.checkpoint.trainingCurve.count == 6 + 3 * 2 + 3)
    // The excess over 12 falls to (2/3)^3, (1/2)^3 of that, 0; units that lost their last weight take others along.
    #expect(left[0] > 20)
    #expect(left[1] <= 12 + Int((Double(left[0] - 12) * 8 / 27).rounded(.up)))
    #expect(left[1] > left[2] && left[2] >= left[3] && left[3] <= 12 && left[3] > 4)
    #expect(left[4] == left[3])
  }

  /// At the ends of phases, just after, and in between.
  @Test(arguments: [1, 41, 42, 43, 55, 56, 60, 70, 83, 84, 85, 90, 95, 96])
  func continuedFromACheckpointInAnyPhaseEndsInTheSameBits(stop: Int) throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let job = try job(dataset.digest)
    func finish(_ training: PhasedTraining) throws -> MemberCheckpoint {
      while !training.isFinished { _ = try training.train(steps: 3) }
      return training.checkpoint
    }
    let whole = try finish(training(job, dataset.file))
    let first = try training(job, dataset.file)
    while first.step < stop { _ = try first.train(steps: 1) }
    let travelled = try MemberCheckpoint(decoding: first.checkpoint.encoded())
    #expect(travelled == first.checkpoint && travelled.step == stop)
    let continued = try finish(training(job, dataset.file, from: travelled))
    #expect(try continued.encoded() == whole.encoded())
  }

  @Test func memberWithAllPhasesIsTheSameWithEveryKernel() throws {
    let dataset = try DatasetOnDisk(oscillatorSet(validation: [50, 45]))
    let job = try job(dataset.digest)
    let members = try Kernels.available.map { kernels in
      let training = try MemberTraining(job, dataset: dataset.file, kernels: kernels)
      guard case .finished(let member) = try training.run(progress: { _, _, _, _ in .proceed }) else {
        throw MemberFileError(source: "test", problem: "stopped")
      }
      return member
    }
    let bytes = try members.map { try $0.encoded() }
    #expect(bytes.count >= 2 && Set(bytes).count == 1)
    #expect(try MemberFile(decoding: members[0].encoded()) == members[0])
    #expect(members[0].validation.map { $0.map(\.stepCount) } == [[10, 30], [10, 30]])
    #expect(members[0].validation != members[0].forecasts)
  }

  @Test func checkpointOfAnotherPhaseCountIsRefused() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let job = try job(dataset.digest)
    let first = try training(job, dataset.file)
    while first.step < 60 { _ = try first.train(steps: 1) }
    var other = job
    other.laterPhases = []
    #expect(throws: TrainingCheckpointError.otherTraining) {
      try training(other, dataset.file, from: first.checkpoint)
    }
    for phase in [-1, 5] {
      let strange = MemberCheckpoint(
        step: 1, phase: phase, earlierCurve: [], training: first.checkpoint.training)
      #expect(throws: TrainingCheckpointError.otherTraining) {
        try training(job, dataset.file, from: strange)
      }
    }
    #expect(throws: TrainingCheckpointError.format) {
      try MemberCheckpoint(decoding: first.checkpoint.training.encoded())
    }
  }

  @Test func divergenceIsCountedOverAllPhases() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    var job = try oscillatorJob(dataset.digest, epochs: 6)
    job.laterPhases = [
      TrainingPhase(settings: TrainingSettings(epochs: 9, batchSize: 16, learningRate: .constant(1e20)))
    ]
    let training = try training(job, dataset.file)
    let error = #expect(throws: NonFiniteLoss.self) {
      while !training.isFinished { _ = try training.train(steps: 100) }
    }
    #expect((error?.epoch ?? 0) >= 7 && (43...60).contains(error?.step ?? 0))
  }

  /// A penalty so large that nothing is left: biases alone are trained.
  @Test func nothingLeftIsNoError() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    var job = try job(dataset.digest)
    job.pruneThreshold = 1e6
    let training = try training(job, dataset.file)
    while !training.isFinished { _ = try training.train(steps: 100) }
    #expect(training.network.weightCount == 0)
  }
}
