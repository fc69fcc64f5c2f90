import Digests
import FuzzSupport
import Safetensors
import SparseNetworks
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Damaged files and payloads, as a broken or hostile peer may send them, in processes of their own.
@Suite(.timeLimit(.minutes(30))) struct FuzzTests {
  @Test func damagedTensorsAreRefusedOrKept() async {
    await #expect(processExitsWith: .success) {
      try FuzzTests.expectSound(share: 0.03, seed: 1, FuzzTests.samples().flatMap { $0 }) {
        try TensorArchive(decoding: $0)
      } encode: {
        $0.encoded()
      }
    }
  }

  @Test func damagedCheckpointsAreRefusedOrKept() async {
    await #expect(processExitsWith: .success) {
      try FuzzTests.expectSound(share: 0.02, seed: 2, FuzzTests.samples()[1]) {
        try MemberCheckpoint(decoding: $0)
      } encode: {
        try $0.encoded()
      }
    }
  }

  @Test func damagedMembersAreRefusedOrKept() async {
    await #expect(processExitsWith: .success) {
      try FuzzTests.expectSound(share: 0.01, seed: 3, FuzzTests.samples()[0]) {
        try MemberFile(decoding: $0)
      } encode: {
        try $0.encoded()
      }
    }
  }

  @Test func damagedJobsAreRefusedOrKept() async {
    await #expect(processExitsWith: .success) {
      let dataset = try DatasetOnDisk(oscillatorSet())
      let jobs =
        try [1, 400].map { try oscillatorJob(dataset.digest, epochs: $0).payload() } + [
          FuzzTests.laggedJob(dataset.digest).payload()
        ]
      try FuzzTests.expectSound(share: 0.04, seed: 4, jobs) {
        try TrainingJob(payload: $0)
      } encode: {
        try $0.payload()
      }
    }
  }

  /// Members, then checkpoints.
  private static func samples() throws -> [[[UInt8]]] {
    let dataset = try DatasetOnDisk(oscillatorSet(validation: [50]))
    var (members, checkpoints): ([[UInt8]], [[UInt8]]) = ([], [])
    for job in try [oscillatorJob(dataset.digest, epochs: 2), laggedJob(dataset.digest)] {
      let training = try MemberTraining(job, dataset: dataset.file, kernels: Kernels.available[0])
      // Of the second the last one, in which a best is known.
      var checkpoint: MemberCheckpoint?
      let end = try training.run { _, _, _, now in
        if checkpoint == nil || job.validationInterval != nil { checkpoint = now() }
        return .proceed
      }
      guard case .finished(let member) = end, let checkpoint else {
        throw MemberFileError(source: "test", problem: "stopped")
      }
      members.append(try member.encoded())
      checkpoints.append(try checkpoint.encoded())
    }
    return [members, checkpoints]
  }

  /// With lags, a dead time, weights of outputs, a group penalty and validation.
  private static func laggedJob(_ dataset: SHA256Digest) throws -> TrainingJob {
    var job = try oscillatorJob(dataset, epochs: 2)
    job.regressor = try Regressor(outputLags: [3, 1], inputs: [.init(lags: 2, deadTime: 1)])
    job.shape = try NetworkShape(inputs: 6, hidden: [8], outputs: 2, inputSkip: true)
    job.settings.penalty.group = GroupPenalty(over: .signalOfUnit, weight: 1e-3)
    job.outputWeights = [2, 0.5]
    job.validationInterval = 5
    return job
  }

  /// What is taken means the same after an encoder and a decoder, which make the same bytes of it each time.
  private static func expectSound<Value: Equatable>(
    share: Double, seed: UInt64, _ corpus: [[UInt8]], decode: ([UInt8]) throws -> Value,
    encode: (Value) throws -> [UInt8]
  ) throws {
    let outcome = Fuzzing.run(share: share, seed: seed) {
      $0.bytes(from: corpus)
    } isKept: { bytes in
      guard let value = try? decode(bytes) else { return nil }
      let encoded = try encode(value)
      let again = try decode(encoded)
      // What is not a number equals nothing, but reads the same.
      return try encode(again) == encoded && (again == value || "\(again)" == "\(value)")
    }
    #expect(outcome.changed == [])
    #expect(outcome.refused > outcome.accepted / 10)
    #expect(outcome.accepted > outcome.refused / 100)
    #expect(outcome.memoryGrowth < 32 << 20, "bytes")
  }
}
