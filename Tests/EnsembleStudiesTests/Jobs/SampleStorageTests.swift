import Foundation
import SparseNetworks
import Testing

@testable import EnsembleStudies

/// Samples that lie in a file give the member of samples in memory.
@Suite struct SampleStorageTests {
  private func member(_ job: TrainingJob, _ dataset: DatasetOnDisk, memory: Int?) throws -> [UInt8]? {
    let training = try MemberTraining(
      job, dataset: dataset.file, kernels: Kernels.available[0], memory: memory)
    var wasMapped = false
    let outcome = try training.run { _, _, _, _ in
      let maps = String(
        decoding: FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? Data(),
        as: UTF8.self)
      wasMapped = wasMapped || maps.contains(dataset.folder + "/.scratch")
      return .proceed
    }
    #expect(wasMapped == (memory == 1))
    guard case .finished(let member) = outcome else { return nil }
    return try member.encoded()
  }

  @Test func theMemberIsTheSame() throws {
    let dataset = try DatasetOnDisk(oscillatorSet())
    var job = try oscillatorJob(dataset.digest, epochs: 4)
    let inMemory = try #require(try member(job, dataset, memory: nil))
    #expect(try member(job, dataset, memory: 1) == inMemory)
    #expect(try member(job, dataset, memory: 1 << 40) == inMemory)
    let left = try FileManager.default.contentsOfDirectory(atPath: dataset.folder)
    #expect(left == ["dataset"])
    job.settings.simulation = SimulationLoss(
      horizon: 10, washout: 0, growth: 0.5, clipping: 1, trainsInitialStates: false)
    let simulated = try member(job, dataset, memory: nil)
    #expect(try member(job, dataset, memory: 1) == simulated)
  }

  @Test func aQuarterOfTheMemoryIsTheBound() {
    #expect(!SampleStorage.isMapped(250, memory: 1000) && SampleStorage.isMapped(251, memory: 1000))
    #expect(!SampleStorage.isMapped(1 << 60, memory: nil))
  }
}
