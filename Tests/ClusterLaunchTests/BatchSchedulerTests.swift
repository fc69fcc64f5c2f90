import Foundation
import Testing

@testable import ClusterLaunch

@Suite struct BatchSchedulerTests {
  /// Whatever is Slurm's own comes from ``Slurm``: with another scheduler no script mentions it.
  @Test(arguments: BatchSettings.Mode.allCases)
  func scriptsForAnotherScheduler(mode: BatchSettings.Mode) throws {
    var settings = BatchSettings()
    settings.mode = mode
    settings.account = "a"
    let scripts = settings.scripts(for: OtherScheduler())
    #expect(scripts.map(\.fileName).allSatisfy { $0.hasSuffix(".osub") })
    for script in scripts {
      let lowercased = script.text.lowercased()
      for word in ["slurm", "sbatch", "squeue", "scontrol", "scancel", "srun"] {
        #expect(!lowercased.contains(word), "\(script.fileName) contains \(word)")
      }
      #expect(script.text.contains("\n#OTHER \(script.job.name)\n"))
      #expect(try isValidBash(script.text))
    }
    #expect(scripts.map(\.job.dependency).first == .some(nil))
  }

  @Test(arguments: [
    ("90", 5400), ("1:30", 90), ("12:00:00", 43_200), ("0", 0), ("2-1", 176_400), ("0-0:2:59", 179),
    ("1-2:3:4", 93_784),
  ])
  func timeLimits(text: String, seconds: Int) {
    #expect(Slurm().seconds(ofTimeLimit: text) == seconds)
  }

  @Test(arguments: ["", "soon", "1:2:3:4", "-1", "1-", "1.5", "1h"])
  func malformedTimeLimits(text: String) {
    #expect(Slurm().seconds(ofTimeLimit: text) == nil)
  }

  @Test func idsOfJobs() {
    #expect(Slurm().jobID(inOutput: "17\n") == "17")
    #expect(Slurm().jobID(inOutput: "17;cluster\n") == "17")
    #expect(Slurm().jobID(inOutput: "") == nil)
    #expect(Slurm().jobID(inOutput: "Submitted batch job 17") == nil)
  }

  private func isValidBash(_ text: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["bash", "-n"]
    let input = Pipe()
    process.standardInput = input
    try process.run()
    // Less than a pipe holds.
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// A scheduler with other names for everything.
private struct OtherScheduler: BatchScheduler {
  let name = "Other"
  let submitCommand = "osub"
  let jobID = "$OTHER_JOB"
  let taskIndex = "$OTHER_INDEX"
  let nodeIndex = "$OTHER_NODE"
  let cores = "$OTHER_CORES"
  let requeueFunctions = "is_running() { ostat; }\ncome_back() { orerun; }"
  let addressFunction = "address() { hostname; }\n"
  let endTime = "$(ostat --end)"
  let runOnEachNode = "oall"
  let terminateOnEachNode = "okill"

  func directives(of job: BatchJob, _ settings: BatchSettings) -> [String] { ["#OTHER \(job.name)"] }
  func option(for dependency: BatchDependency, on id: String) -> String { "-w \(id)" }
  func submission(of request: BatchRequest) -> [String] { [submitCommand, request.script] }
  func jobID(inOutput text: String) -> String? { text }
  let environmentLines = "unset OTHER_DEFAULTS"
  let settingsCommand = ["oconf"]
  func largestArray(inOutput text: String) -> Int? { Int(text) }
  func environment(from own: [String: String], keeping kept: Set<String>) -> BatchEnvironment {
    BatchEnvironment(variables: own, removedOptions: [])
  }
  func resubmission(ofTasks ranges: String, script: String, arguments: [String]) -> [String] {
    [submitCommand, ranges, script] + arguments
  }
  func watchCommand(_ ids: [String]) -> String { "ostat" }
  func cancelCommand(_ ids: [String]) -> String { "okill" }
  func seconds(ofTimeLimit text: String) -> Int? { Int(text) }
}
