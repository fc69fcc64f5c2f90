import Digests
import Files
import Foundation
import FuzzSupport
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Every file that a study reads back, damaged on the disk, in processes of their own: no crash, no hang, and the error
/// names the file.
@Suite(.timeLimit(.minutes(20))) struct DamagedFilesTests {
  @Test func datasets() async {
    await #expect(processExitsWith: .success) {
      try expectNamed("dataset", seed: 101, [try DatasetFile.encoded(oscillatorSet(validation: [20]))]) {
        let file = try DatasetFile($0)
        for part in TrajectorySet.Part.allCases {
          _ = try file.trajectories(0..<file.signals.count(part), of: part)
        }
      }
    }
  }

  @Test func members() async {
    await #expect(processExitsWith: .success) {
      try expectNamed("members/a-0.safetensors", seed: 102, [try smallMember().encoded()]) {
        let bytes = try FileContent.read($0, limit: 1 << 24).bytes
        _ = TrainedMember(try MemberFile(decoding: bytes, source: $0))
      }
    }
  }

  @Test func statistics() async {
    await #expect(processExitsWith: .success) {
      try expectNamed("statistics.json", seed: 103, [Array(try smallStatistics().json())]) {
        let data = try Data(contentsOf: URL(fileURLWithPath: $0))
        _ = try EnsembleStatistics(json: data, source: $0)
      }
    }
  }

  @Test func resultsOfJobs() async {
    await #expect(processExitsWith: .success) {
      let job = SHA256Digest.of([1])
      let corpus = try [JobRecordFile.Kind.finished, .failed, .checkpoint].map {
        try JobRecordFile(kind: $0, job: job, content: Array("content".utf8)).encoded()
      }
      try expectNamed("results/\(job.hex).potline-result", seed: 104, corpus) {
        _ = try JobFolder(String($0.dropLast("/results/\(job.hex).potline-result".count))).end(of: job)
      }
    }
  }

  @Test func checkpointsOfJobs() async {
    await #expect(processExitsWith: .success) {
      let job = SHA256Digest.of([1])
      let whole = try JobRecordFile(kind: .checkpoint, job: job, content: smallCheckpoint()).encoded()
      try expectNamed("results/\(job.hex).potline-checkpoint", seed: 105, [whole]) {
        _ = try MemberCheckpoint(decoding: JobRecordFile(contentsOf: $0, job: job).content)
      }
    }
  }

  @Test func descriptionsOfStudies() async {
    await #expect(processExitsWith: .success) {
      let (description, _) = try smallList()
      try expectNamed("study.json", seed: 106, [try description.encoded()]) {
        _ = try JobFolder(String($0.dropLast("/study.json".count))).study()
      }
    }
  }

  @Test func listsOfJobs() async {
    await #expect(processExitsWith: .success) {
      let (_, jobs) = try smallList()
      let text = try jobs.flatMap { try $0.line() + [UInt8(ascii: "\n")] }
      try expectNamed("jobs.jsonl", seed: 107, [text]) {
        let lines = JobLines(try FileContent.read($0, limit: 1 << 24).bytes, source: $0)
        for index in 0..<lines.count { _ = try lines.job(at: index) }
      }
    }
  }

  @Test func studyFiles() async {
    await #expect(processExitsWith: .success) {
      try expectNamed("study.yaml", seed: 108, BundledStudies.all.map { Array($0.text.utf8) }) {
        _ = try StudyFile.read(path: $0)
      }
    }
  }

  @Test func tables() async {
    await #expect(processExitsWith: .success) {
      let text = (0..<30).map { "\($0),\($0 % 7).5,-1e-\($0 % 5)\n" }.joined()
      try expectNamed("run.csv", seed: 109, [Array(("t,x,u\n" + text).utf8)]) {
        _ = try TrajectoryCSV.read($0, states: ["x"], inputs: ["u"], samplingTime: 0.1)
      }
    }
  }
}

/// Damages a file of this name in a folder of its own.
private func expectNamed(
  _ name: String, seed: UInt64, _ corpus: [[UInt8]], read: (String) throws -> Void
) throws {
  let folder = NSTemporaryDirectory() + "potline-damaged-" + UUID().uuidString
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let path = "\(folder)/\(name)"
  try Folder.make(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
  let findings = try Fuzzing.damage(path: path, corpus: corpus, seed: seed) { try read(path) }
  #expect(findings.isEmpty, "\(findings.joined(separator: "; "))")
}

private func smallRun() throws -> (member: MemberFile, checkpoint: [UInt8]) {
  let dataset = try DatasetOnDisk(oscillatorSet())
  let training = try MemberTraining(
    oscillatorJob(dataset.digest, epochs: 2), dataset: dataset.file, kernels: Kernels.available[0])
  var bytes: [UInt8] = []
  let end = try training.run { _, _, _, checkpoint in
    if bytes.isEmpty { bytes = try checkpoint().encoded() }
    return .proceed
  }
  guard case .finished(let member) = end else { throw MemberFileError(source: "test", problem: "stopped") }
  return (member, bytes)
}

private func smallMember() throws -> MemberFile { try smallRun().member }
private func smallCheckpoint() throws -> [UInt8] { try smallRun().checkpoint }

private func smallList() throws -> (StudyDescription, [ListedJob]) {
  let study = Study(
    name: "oscillator", dataset: .simulated(SimulatedDataset()),
    variants: [Variant(name: "a", members: 2, hidden: [4], batchSize: 16)],
    forecast: Forecast(windows: ForecastWindow.standard))
  let plan = try StudyPlan(study, trajectories: oscillatorSet(), digest: .of([1]))
  let description = StudyDescription(plan, resolvedYAML: "name: oscillator\n")
  return (description, try ListedJob.all(of: plan, study: description))
}
