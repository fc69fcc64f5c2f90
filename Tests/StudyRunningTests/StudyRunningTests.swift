import Digests
import EnsembleStudies
import ErrorCategories
import Foundation
import QueueProtocol
import SparseNetworks
import StudyRunning
import Synchronization
import Testing

/// The work of the program, without a process.
@Suite struct StudyRunningTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "study-running-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let study = """
      name: small
      members: 2
      dataset: {simulated: {system: predator-prey, trajectories: 2, testTrajectories: 1, steps: 60}}
      defaults: {hidden: [5], epochs: 1, batchSize: 16}
      forecast: {windows: [[0, 20]]}
      variants: [{name: dense}, {name: sparse, penalty: {method: proximal, weight: 1e-3}}]
      """
    try Data(study.utf8).write(to: URL(fileURLWithPath: folder + "/study.yaml"))
  }

  private func category(_ body: () throws -> Void) -> ErrorCategory? {
    do {
      try body()
      return nil
    } catch {
      return (error as? any CategorizedError)?.category
    }
  }

  /// Runs all jobs of the study in `folder`/jobs.
  private func runJobs() throws -> StudyJobs {
    let jobs = try StudyJobs(try StudySource(folder + "/study.yaml"))
    _ = try jobs.write(to: folder + "/jobs")
    let configuration = JobBatch.Configuration(
      folder: folder + "/jobs", datasets: folder + "/jobs/datasets", kernels: try Kernels.selected())
    let lines = JobLines(jobs.text, source: "jobs")
    let batch = JobBatch(lines, indices: Array(0..<jobs.count), configuration) { _ in }
    #expect(try batch.run { false } == .finished)
    return jobs
  }

  private func resultPath(_ number: Int) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/jobs/results").sorted()
    return folder + "/jobs/results/" + names[number]
  }

  @Test func jobsInAFolderGiveTheResultsOfTheStudy() throws {
    let jobs = try runJobs()
    let collection = try JobCollection(folder: folder + "/jobs", list: nil)
    #expect(collection.isComplete && collection.jobCount == jobs.count)
    let statistics = try collection.write(to: folder + "/out") { _ in }
    #expect(statistics.variants.map(\.variant) == ["dense", "sparse"])
    let written = try Data(contentsOf: URL(fileURLWithPath: folder + "/out/statistics.json"))
    #expect(try written == statistics.json())
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out/members").count == 4)
    // Linked from the jobs' folder, as the report needs it.
    let dataset = jobs.plan.dataset.hex
    #expect(FileManager.default.fileExists(atPath: "\(folder)/out/datasets/\(dataset)"))
  }

  @Test func aDamagedResultIsFoundAndMadeAgain() throws {
    let jobs = try runJobs()
    let path = try resultPath(0)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let whole = bytes
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let collection = try JobCollection(folder: folder + "/jobs", list: nil)
    #expect(collection.damaged.count == 1 && collection.missing.isEmpty)
    #expect(collection.damaged.first?.problem.contains(path) == true)
    let damaged = Mutex(0)
    let configuration = JobBatch.Configuration(
      folder: folder + "/jobs", datasets: folder + "/jobs/datasets", kernels: try Kernels.selected())
    let batch = JobBatch(
      JobLines(jobs.text, source: "jobs"), indices: Array(0..<jobs.count), configuration
    ) { if case .damagedResult = $0 { damaged.withLock { $0 += 1 } } }
    #expect(try batch.run { false } == .finished)
    #expect(damaged.withLock { $0 } == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
  }

  @Test func aStoppedBatchLeavesJobs() throws {
    let jobs = try StudyJobs(try StudySource(folder + "/study.yaml"))
    let configuration = JobBatch.Configuration(
      folder: folder + "/jobs", datasets: folder + "/datasets", kernels: try Kernels.selected())
    let left = Mutex(0)
    let batch = JobBatch(JobLines(jobs.text, source: "jobs"), indices: [0, 1], configuration) { event in
      if case .jobsLeft(let count) = event { left.withLock { $0 = count } }
    }
    #expect(try batch.run { true } == .jobsLeft)
    #expect(left.withLock { $0 } == 2)
  }

  @Test func aMemberWithDamagedBytesIsBadInputAndNamed() throws {
    let source = try StudySource(folder + "/study.yaml")
    let plan = try PreparedStudy(source).plan
    let description = StudyDescription(plan, resolvedYAML: source.resolvedYAML)
    var members = DamagedMembers()
    do {
      _ = try ResultsWriter(description, folder: folder + "/out").write(from: &members) { _ in }
      Issue.record("damaged members were written")
    } catch {
      #expect((error as? any CategorizedError)?.category == .badInput)
      #expect("\(error)".contains("place of \(plan.members[0].job.hex)"))
    }
  }

  @Test func anOutputFolderOfAnotherStudyIsRefused() throws {
    _ = try runJobs()
    let collection = try JobCollection(folder: folder + "/jobs", list: nil)
    try FileManager.default.createDirectory(atPath: folder + "/out", withIntermediateDirectories: true)
    try Data("name: other\n".utf8).write(to: URL(fileURLWithPath: folder + "/out/study.yaml"))
    #expect(category { _ = try collection.write(to: folder + "/out") { _ in } } == .output)
  }

  @Test func inputsThatCannotBeUsed() {
    #expect(category { _ = try StudySource(folder + "/nowhere.yaml") } == .badInput)
    #expect(category { _ = try StudySource(folder) } == .badInput)
    #expect(category { _ = try JobCollection(folder: folder, list: nil) } == .badInput)
    #expect(category { _ = try JobCollection(folder: folder, list: folder + "/nowhere") } == .badInput)
  }

  @Test func rangesOfJobs() {
    #expect(JobCollection.ranges([3, 17, 18, 19, 20, 199]) == "3,17-20,199")
    #expect(JobCollection.ranges([]) == "")
  }
}

/// A source whose results are no members.
private struct DamagedMembers: MemberSource {
  func end(of job: SHA256Digest) -> ResultsFolder.MemberResult? { .finished([1, 2, 3]) }
  func location(of job: SHA256Digest) -> String { "place of \(job.hex)" }
  func place(dataset: SHA256Digest, in folder: String) -> Bool { true }
}
