import Foundation
import Safetensors
import SparseNetworks
import SnapshotSupport
import Testing
import TrajectoryData

@testable import EnsembleStudies

@Suite struct MemberTests {
  private func train(_ job: TrainingJob, _ dataset: DatasetFile, kernels: Kernels = Kernels.available[0])
    throws
    -> MemberFile
  {
    let training = try MemberTraining(job, dataset: dataset, kernels: kernels)
    guard case .finished(let member) = try training.run(progress: { _, _, _, _ in .proceed }) else {
      throw MemberFileError(source: "test", problem: "stopped")
    }
    return member
  }

  @Test func memberIsTheSameWithEveryKernel() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let job = try oscillatorJob(dataset.digest)
    let members = try Kernels.available.map { try train(job, dataset.file, kernels: $0).encoded() }
    #expect(members.count >= 2)
    #expect(Set(members).count == 1)
  }

  @Test func memberStoppedAndContinuedIsTheSame() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let job = try oscillatorJob(dataset.digest, epochs: 400)
    let training = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
    var calls = 0
    let first = try training.run { _, _, _, _ in
      calls += 1
      return calls == 3 ? .stop : .proceed
    }
    guard case .stopped(let checkpoint) = first else {
      throw MemberFileError(source: "test", problem: "not stopped")
    }
    #expect(checkpoint.step > 0 && checkpoint.step < 400 * 7)
    let travelled = try MemberCheckpoint(decoding: checkpoint.encoded())
    #expect(travelled == checkpoint)
    guard case .finished(let member) = try training.run(from: travelled, progress: { _, _, _, _ in .proceed })
    else {
      throw MemberFileError(source: "test", problem: "stopped again")
    }
    #expect(try member.encoded() == train(job, dataset.file).encoded())
  }

  @Test func memberStoppedWhileItForecastsIsTheSame() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let job = try oscillatorJob(dataset.digest, epochs: 3)
    let training = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
    var callsAtTheEnd = 0
    let first = try training.run { step, totalSteps, _, _ in
      // The first is that of the last step, the others come while it forecasts.
      callsAtTheEnd += step == totalSteps ? 1 : 0
      return callsAtTheEnd == 2 ? .stop : .proceed
    }
    guard case .stopped(let checkpoint) = first else {
      throw MemberFileError(source: "test", problem: "not stopped")
    }
    guard
      case .finished(let member) = try training.run(from: checkpoint, progress: { _, _, _, _ in .proceed })
    else {
      throw MemberFileError(source: "test", problem: "stopped again")
    }
    #expect(try member.encoded() == train(job, dataset.file).encoded())
  }

  @Test func memberFileComesBackAsItWas() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let member = try train(try oscillatorJob(dataset.digest), dataset.file)
    let bytes = try member.encoded()
    #expect(try MemberFile(decoding: bytes) == member)
    #expect(member.network.weightCount > 0 && member.network.weightCount < 46)
    #expect(member.trainingCurve.count == 20 && member.trainingCurve[19] < 0.5 * member.trainingCurve[0])
    // The second test trajectory has 29 steps, so that the window 10-40 holds 19 of them.
    #expect(member.forecasts.map { $0.map(\.stepCount) } == [[10, 30], [10, 19], [10, 30]])
  }

  @Test func damagedMemberFilesAreRefused() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    let bytes = try train(try oscillatorJob(dataset.digest, epochs: 1), dataset.file).encoded()
    var refusals = 0
    for at in stride(from: 0, to: bytes.count, by: 7) {
      var damaged = bytes
      damaged[at] ^= 0x41
      if (try? MemberFile(decoding: damaged)) == nil { refusals += 1 }
      if (try? MemberFile(decoding: Array(bytes[..<at]))) != nil {
        Issue.record("a piece of \(at) bytes was read")
      }
    }
    // Damage in the numbers themselves can't be seen here; that in the header and the indices can.
    #expect(refusals > 100)
  }

  /// Trajectories of different lengths, in the lanes and one at a time.
  @Test func batchedForecastsAreThoseOfTheReference() throws {
    let set = try oscillatorSet()
    let dataset = try DatasetOnDisk(set)
    let member = try train(try oscillatorJob(dataset.digest), dataset.file)
    let many = Array(repeating: set.test, count: 7).flatMap { $0 }
    let batched = MemberForecasts(
      network: member.network, standardisation: member.standardisation, samplingTime: 0.1,
      regressor: member.regressor, kernels: Kernels.available[0]
    ).forecasts(of: many, alive: {})
    let reference = RollingForecast(standardisation: member.standardisation, samplingTime: 0.1)
    for (trajectory, forecast) in zip(many, batched) {
      let one = SparseEvaluator(member.network, capacity: 1, kernels: Kernels.available[0])
      let expected = reference.forecast(trajectory) { inputs, outputs in
        for (k, value) in inputs.enumerated() { one.input(k, tile: 0)[0] = value }
        one.evaluate()
        for k in outputs.indices { outputs[k] = one.output(k, tile: 0)[0] }
      }
      #expect(forecast.map(\.bitPattern) == expected.map(\.bitPattern))
    }
  }

  /// A member of tanh units: what is read is what was written, and its forecast is that of the dense network's function.
  @Test func memberOfTanhUnitsIsReadAsWritten() throws {
    let set = try oscillatorSet()
    let dataset = try DatasetOnDisk(set)
    var job = try oscillatorJob(dataset.digest)
    job.shape = try NetworkShape(inputs: 3, hidden: [8], outputs: 2, inputSkip: true, activation: .tanh)
    job.settings.loss = .huber(delta: 0.5)
    let member = try train(job, dataset.file)
    #expect(member.network.activation == .tanh)
    let read = try MemberFile(decoding: member.encoded())
    #expect(read == member)
    var archive = try TensorArchive(decoding: member.encoded(), source: "member")
    archive.metadata["activation"] = nil
    #expect(throws: MemberFileError.self) { try MemberFile(decoding: archive.encoded()) }
    archive.metadata["activation"] = "sine"
    #expect(throws: MemberFileError.self) { try MemberFile(decoding: archive.encoded()) }
  }

  @Test func forecastThatBlowsUpIsSaidToDoSo() throws {
    let set = try oscillatorSet()
    let dataset = try DatasetOnDisk(set)
    let member = try train(try oscillatorJob(dataset.digest), dataset.file)
    // A hundred times too fast a sampling makes Euler's steps explode.
    let wild = MemberForecasts(
      network: member.network, standardisation: member.standardisation, samplingTime: 1e4,
      regressor: member.regressor, kernels: Kernels.available[0]
    ).forecasts(of: set.test, alive: {})
    let errors = ForecastError.errors(
      of: wild[0], truth: set.test[0].states, deviations: member.standardisation.stateDeviation,
      windows: [.init(from: 0, to: 79)])
    #expect(errors[0].blewUp)
  }

  @Test func jobsThatDontFitTheDatasetAreRefused() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    func refused(_ change: (inout TrainingJob) throws -> Void) throws {
      var job = try oscillatorJob(dataset.digest)
      try change(&job)
      _ = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
    }
    let settings = TrainingSettings(epochs: 1, batchSize: 0, learningRate: .constant(1e-3))
    let keep = TrainingPhase.Keep(weights: 5, roundsAfter: -1)
    let errors = Snapshot.errors([
      { try refused { $0.trainingTrajectories = 4 } },
      { try refused { $0.shape = try NetworkShape(inputs: 4, hidden: [], outputs: 2) } },
      { try refused { $0.windows = [] } }, { try refused { $0.settings.epochs = 0 } },
      { try refused { $0.laterPhases = [TrainingPhase(settings: settings)] } },
      { try refused { $0.laterPhases = [TrainingPhase(keep: keep, settings: $0.settings)] } },
    ])
    #expect(errors == (try Snapshot.recorded("jobs", of: errors)))
  }

  @Test func jobOfAnotherFormatIsRefused() throws {
    let job = try oscillatorJob(.of([1]))
    #expect(try TrainingJob(payload: job.payload()) == job)
    let text = String(decoding: try job.payload(), as: UTF8.self)
    for format in [1, 3, 4, 99] {
      let other = text.replacing("\"format\":2", with: "\"format\":\(format)")
      #expect(other != text)
      #expect(throws: TrainingJobError.self) { try TrainingJob(payload: Array(other.utf8)) }
    }
    #expect(throws: TrainingJobError.self) { try TrainingJob(payload: Array("{}".utf8)) }
  }
}
