import ArgumentParser
import Foundation

/// Trains studies through a coordinator and two supervisors while they are killed, stopped and told to leave.
@main
struct ChaosCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue-chaos",
    abstract:
      "Trains studies while coordinator, supervisors and workers are killed, and compares the results.",
    discussion: """
      Studies go one after the other through a coordinator and two supervisors with two workers each. By a Poisson clock \
      processes get kill -9, SIGTERM, or SIGSTOP and later SIGCONT, some of them after longer than the lease; what ended \
      is started again as a service manager would. It ends when the minutes have passed and the faults were made. Then \
      each study's results are compared byte by byte with those of an undisturbed `potline run`, the journal is searched \
      for work on jobs that were finished, and the system for processes that were left behind.

      The seed decides on the moments, kinds and targets of the faults, not on how the system runs the processes.
      """)

  @Option(help: "The program to test.")
  var potline: String

  @Option(help: "Minutes of faults, at least.")
  var minutes = 10.0

  @Option(help: "Faults, at least (default: 20 a minute).")
  var faults: Int?

  @Option(help: "Seed of the faults (default: a random one).")
  var seed: UInt64?

  @Option(help: "Seconds that a member trains for, about.")
  var memberSeconds = 4.0

  func validate() throws {
    guard minutes > 0, minutes <= 10_000 else { throw ValidationError("--minutes must be more than 0") }
    guard faults ?? 1 >= 1 else { throw ValidationError("--faults must be at least 1") }
    guard (0.1...600).contains(memberSeconds) else {
      throw ValidationError("--member-seconds must be 0.1 to 600")
    }
  }

  func run() throws {
    let seed = seed ?? UInt64.random(in: 0...999_999_999)
    let count = faults ?? max(1, Int(minutes * 20))
    say("seed \(seed): \(count) faults in \(minutes) minutes, at least")
    let world = try ChaosWorld(
      potline: URL(fileURLWithPath: potline).path, tag: "potline-chaos-\(UUID().uuidString)")
    say("folder \(world.folder)")
    var complaints: [String]
    do {
      let pace = try StudyMaker.epochs(seconds: memberSeconds, in: world)
      let run = ChaosRun(
        world: world, clock: FaultClock(seed: seed, mean: minutes * 60 / Double(count)),
        seconds: minutes * 60,
        faults: count, epochs: pace)
      try run.go()
      complaints = run.complaints + (try Verdict(world: world, studies: run.finished).complaints())
      say(run.summary)
    } catch {
      world.killEverything()
      complaints = ["\(error)"]
    }
    world.killEverything()
    guard complaints.isEmpty else {
      for complaint in complaints { say("WRONG: \(complaint)") }
      say("seed \(seed); what the processes said is in \(world.folder)")
      throw ExitCode.failure
    }
    try? FileManager.default.removeItem(atPath: world.folder)
    say("all results are those of undisturbed runs")
  }
}
