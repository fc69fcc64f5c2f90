import Foundation
import Testing

/// Limits of this process as the system keeps them.
@Suite(.serialized) struct HostLimitTests {
  private func run(_ line: String, in folder: TestFolder) throws -> String {
    let result = try Shell.run(line, in: folder)
    #expect(result.status == 0, "\(result.output)")
    return result.output
  }

  @Test(.enabled(if: Shell.has("taskset"))) func affinityLimitsTheProcesses() throws {
    let folder = try TestFolder()
    let own = try run("taskset -pc $$", in: folder).split(separator: " ").last ?? ""
    let first = own.prefix { $0.isNumber }
    let details = try run("taskset -c \(first) potline --version --verbose", in: folder)
    #expect(details.contains("\nprocessors 1: "), "\(details)")
    // On a host of one processor the mask limits nothing.
    let isLimited = try run("nproc", in: folder) != "1\n"
    #expect(details.contains("affinity") == isLimited)
    try folder.write(smallStudy(), to: "study.yaml")
    let service = try QueueService(in: folder)
    let worker = try Shell.start(
      "exec taskset -c \(first) potline worker --connection \(service.connection) --datasets cache",
      in: folder)
    defer { worker.terminate() }
    try waitUntil("there is a worker") { try service.workerCount() > 0 }
    #expect(try service.workerCount() == 1)
    let workers = try #require(try service.json("workers") as? [[String: Any]])
    #expect(workers.first?["cores"] as? Int == 1)
    #expect(workers.first?["coresLimit"] as? String == (isLimited ? "affinity" : nil))
    if isLimited { #expect(try service.run("workers").contains("1 (affinity)")) }
  }

  /// The dataset is small, the network is not.
  @Test func memberThatCannotFitIsRefusedBeforeItBegins() throws {
    let folder = try TestFolder()
    try folder.write(
      smallStudy(members: 1).replacing("[8, 6]", with: "[4000, 4000]"), to: "study.yaml")
    let job = ["SLURM_JOB_ID": "1", "SLURM_CPUS_ON_NODE": "1", "SLURM_MEM_PER_NODE": "100"]
    let result = try Program.start(["run", "study.yaml", "-o", "out"], environment: job, in: folder).wait()
    #expect(result.status == 70, "\(result.errors)")
    #expect(
      result.errors.contains("SLURM_MEM_PER_NODE") && result.errors.contains("100 MiB"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder / "out"))
    try Program.run("job", "list", "study.yaml", "-o", "jobs", in: folder)
    let task = try Program.start(
      ["job", "run", "--jobs", "jobs/jobs.jsonl", "-o", "jobs"], environment: job, in: folder
    ).wait()
    #expect(task.status == 70 && task.errors.contains("SLURM_MEM_PER_NODE"), "\(task.errors)")
  }

  /// The host is at fault, so the job goes back to the queue.
  @Test func workerWithTooLittleMemoryHandsTheJobBack() throws {
    let folder = try TestFolder()
    try folder.write(
      smallStudy(members: 1).replacing("[8, 6]", with: "[4000, 4000]"), to: "study.yaml")
    let service = try QueueService(in: folder)
    try service.run("submit", "study.yaml")
    let worker = try Program.start(
      ["worker", "--connection", service.connection, "--datasets", folder / "cache", "--processes", "1"],
      environment: ["SLURM_JOB_ID": "1", "SLURM_CPUS_ON_NODE": "1", "SLURM_MEM_PER_NODE": "100"], in: folder
    ).wait()
    #expect(worker.status == 73 && worker.errors.contains("SLURM_MEM_PER_NODE"), "\(worker.errors)")
    #expect(try service.study("s1")["queued"] as? Int == 2)
    #expect(try service.study("s1")["failed"] as? Int == 0)
  }

  /// As many processes as fit into the memory, and no more than there are processors.
  @Test func memoryLimitsTheProcesses() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    let result = try Program.start(
      ["run", "study.yaml", "-o", "out"],
      environment: ["SLURM_JOB_ID": "1", "SLURM_CPUS_ON_NODE": "1", "SLURM_MEM_PER_NODE": "20"], in: folder
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("SLURM_"), "\(result.errors)")
  }
}
