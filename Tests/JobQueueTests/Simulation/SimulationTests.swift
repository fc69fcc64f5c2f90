import Foundation
import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Simulation of queue, workers and clients under faults")
struct SimulationTests {
  /// The seeds of a test run; `POTLINE_SIMULATION_SEEDS` says how many others to try.
  static let seedCount = 1_000
  static let batch = 50

  @Test("Whatever fails, every study ends as it must", arguments: 0..<(seedCount / batch))
  func everyStudyEnds(part: Int) {
    for seed in part * Self.batch..<(part + 1) * Self.batch { Self.check(seed: UInt64(seed)) }
  }

  @Test(
    "More seeds",
    .enabled(if: extraSeeds > 0, "POTLINE_SIMULATION_SEEDS says how many"), arguments: 0..<8)
  func moreSeeds(part: Int) {
    for seed in stride(from: Self.seedCount + part, to: Self.seedCount + Self.extraSeeds, by: 8) {
      Self.check(seed: UInt64(seed))
    }
  }

  static var extraSeeds: Int {
    ProcessInfo.processInfo.environment["POTLINE_SIMULATION_SEEDS"].flatMap(Int.init) ?? 0
  }

  @Test("The same seed gives the same run")
  func repeats() throws {
    for seed: UInt64 in [5, 6, 7, 8] {
      var (first, second) = (SimulatedWorld(Self.setup(seed: seed)), SimulatedWorld(Self.setup(seed: seed)))
      try first.run()
      try second.run()
      #expect(first.now == second.now)
      #expect(first.handled == second.handled)
      #expect(first.notes == second.notes)
      #expect(first.handled > 100)
    }
  }

  @Test("The seeds reach what they are about")
  func reach() throws {
    var reached: Set<Milestone> = []
    for seed: UInt64 in 0..<40 {
      var world = SimulatedWorld(Self.setup(seed: seed))
      try world.run()
      reached.formUnion(world.milestones)
      if Set(world.journal.jobs.map(\.stored.id)).count < world.journal.jobs.count {
        reached.insert(.jobTrainedAfresh)
      }
    }
    #expect(Set(Milestone.allCases).subtracting(reached).isEmpty)
  }

  @Test("The journal on the disk says what the simulation's does", arguments: UInt64(0)..<40)
  func journalsAgree(seed: UInt64) throws {
    var world = SimulatedWorld(Self.setup(seed: seed))
    let journal = try Journal()
    world.mirror = journal
    try world.run()
    let now = world.clock
    let (real, model) = (try journal.load(at: now), world.journal.load(at: now))
    #expect(real.studies == model.studies)
    #expect(real.distrusted == model.distrusted)
    #expect(real.nextAttempt == model.nextAttempt)
    #expect(real.jobs == model.jobs)
    for (index, job) in world.journal.jobs.enumerated() {
      #expect(try journal.assignment(position: index).payload == job.payload)
    }
    var results = 0
    try journal.forEachFinishedJob { finished in
      results += 1
      #expect(world.journal.jobs[finished.position].result?.bytes == finished.result.bytes)
    }
    #expect(results == world.journal.jobs.count { $0.stored.state.isFinished })
  }

  /// Runs a seed; a failure is told with what happened last.
  static func check(seed: UInt64) {
    let setup = setup(seed: seed)
    var problems: [String] = []
    var world = SimulatedWorld(setup)
    do {
      try world.run()
      problems = SimulationVerdict(world).problems
    } catch {
      problems = ["\(error)"]
    }
    guard !problems.isEmpty else { return }
    var again = SimulatedWorld(setup, isTold: true)
    try? again.run()
    let history = (again.history ?? []).suffix(150).joined(separator: "\n")
    let path = NSTemporaryDirectory() + "/simulation-seed-\(seed).txt"
    try? (again.history ?? []).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    Issue.record(
      "seed \(seed): \(problems.joined(separator: "\n"))\nthe whole history: \(path), its end:\n\(history)")
  }

  /// A world whose size and faults follow from the seed.
  static func setup(seed: UInt64) -> SimulatedWorld.Setup {
    var random = SplitMix64(seed: seed &* 7919 &+ 1)
    var setup = SimulatedWorld.Setup(seed: seed)
    setup.isSupervised = random.chance(0.6)
    setup.workerCount = Int.random(in: 1...5, using: &random)
    let isHarsh = random.chance(0.5)
    setup.faults = SimulatedWorld.Faults(
      loss: isHarsh ? 0.1 : 0.01, duplication: isHarsh ? 0.1 : 0.01, slowness: isHarsh ? 0.2 : 0.02,
      hanging: 0.02, crashes: isHarsh ? 0.004 : 0.0005,
      interval: .seconds(Int.random(in: 3...12, using: &random)))
    setup.settings.keepsServing = random.chance(0.8)
    setup.settings.stallLimit = .seconds(20)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: setup.settings.auditFraction = 0.5
    case 1:
      // Who lies is found out if each job is trained twice, and a third worker is there to decide.
      (setup.settings.auditFraction, setup.settings.auditPatience) = (1, .seconds(3_000))
      setup.hasLiar = true
      setup.workerCount = max(4, setup.workerCount)
    default: break
    }
    let pool = jobs(setup.isSupervised, &random)
    let count = setup.settings.keepsServing ? Int.random(in: 1...4, using: &random) : 1
    setup.plans = (0..<count).map { number in study(of: pool, isOnly: count == 1, number, &random) }
    return setup
  }

  private static func jobs(_ isSupervised: Bool, _ random: inout SplitMix64) -> [SimulatedJob] {
    (0..<UInt8.random(in: 2...12, using: &random)).map { number in
      var kind = SimulatedJob.Kind.ordinary
      if random.chance(0.2) { kind = SimulatedJob.Kind.allCases.randomElement(using: &random) ?? kind }
      // Without a supervisor nobody tells a crash from a lost host, and such a job would be tried for ever.
      if kind == .crashing, !isSupervised { kind = .failing }
      return SimulatedJob(number: number, kind: kind, steps: UInt8.random(in: 2...14, using: &random))
    }
  }

  /// Studies share some of their jobs.
  private static func study(
    of pool: [SimulatedJob], isOnly: Bool, _ number: Int, _ random: inout SplitMix64
  ) -> SimulatedStudy {
    var study = SimulatedStudy(jobs: isOnly ? pool : pool.filter { _ in random.chance(0.6) })
    if study.jobs.isEmpty { study.jobs = [pool[0]] }
    study.priority = Int.random(in: 0...2, using: &random)
    study.isFresh = random.chance(0.2)
    study.partSize = Int.random(in: 1...6, using: &random)
    study.retries = random.chance(0.3) ? 1 : 0
    if number > 0 { study.delay = .seconds(Int.random(in: 0...40, using: &random)) }
    if !isOnly, random.chance(0.25) {
      study.cancelledAfter = .seconds(Int.random(in: 0...20, using: &random))
    }
    return study
  }
}

extension StoredJob.State {
  var isFinished: Bool { if case .finished = self { true } else { false } }
}
