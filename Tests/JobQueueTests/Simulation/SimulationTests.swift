import Testing

@testable import JobQueue

@Suite("Simulation of queue and workers under faults")
struct SimulationTests {
  /// A world whose size and faults follow from the seed.
  static func world(seed: UInt64) throws -> (world: SimulatedWorld, jobs: [SimulatedJob]) {
    var random = SplitMix64(seed: seed &* 7919 &+ 1)
    let isSupervised = random.chance(0.6)
    let jobs = (0..<UInt8.random(in: 1...14, using: &random)).map { number in
      var kind = SimulatedJob.Kind.ordinary
      if random.chance(0.25) { kind = SimulatedJob.Kind.allCases.randomElement(using: &random) ?? kind }
      // Without a supervisor nobody tells a crash from a lost host, and such a job would be tried for ever.
      if kind == .crashing, !isSupervised { kind = .failing }
      return SimulatedJob(number: number, kind: kind, steps: UInt8.random(in: 3...40, using: &random))
    }
    let isHarsh = random.chance(0.5)
    let faults = SimulatedWorld.Faults(
      loss: isHarsh ? 0.1 : 0.01, duplication: isHarsh ? 0.1 : 0.01, slowness: isHarsh ? 0.2 : 0.02,
      hanging: 0.05, interval: .seconds(Int.random(in: 4...20, using: &random)))
    let world = try SimulatedWorld(
      seed: seed, jobs: jobs, workerCount: Int.random(in: 1...5, using: &random), faults: faults,
      isSupervised: isSupervised)
    return (world, jobs)
  }

  @Test("Every job ends rightly", arguments: UInt64(0)..<200)
  func everyJobEnds(seed: UInt64) throws {
    var (world, jobs) = try Self.world(seed: seed)
    do {
      try world.run()
    } catch {
      Issue.record("seed \(seed): \(error)")
      return
    }
    #expect(world.isFinished, "seed \(seed)")

    var results: [JobID: [UInt8]] = [:]
    try world.journal.forEachFinishedJob { results[$0.id] = $0.result.bytes }
    let failed = Dictionary(uniqueKeysWithValues: try world.journal.failedJobs().map { ($0.id, $0) })
    #expect(results.count + failed.count == jobs.count, "seed \(seed)")
    #expect(world.brokenPromises.isEmpty, "seed \(seed)")

    for job in jobs {
      let id = job.new.id
      if let failure = failed[id] {
        let kinds = failure.attempts.compactMap { $0.end?.kind }
        #expect(kinds.count == failure.attempts.count, "seed \(seed): an attempt of a failed job runs")
        #expect(
          kinds.contains { $0.isDeterministic } || kinds.count { $0.countsAsFailure } == 3,
          "seed \(seed): \(failure)")
      } else {
        #expect(job.kind == .ordinary, "seed \(seed)")
        #expect(results[id] == job.state(after: Int(job.steps)), "seed \(seed)")
      }
    }
  }

  @Test("The same seed gives the same run")
  func repeats() throws {
    var first = try Self.world(seed: 5).world
    var second = try Self.world(seed: 5).world
    try first.run()
    try second.run()
    #expect(first.now == second.now)
    #expect(first.handled == second.handled)
    #expect(first.notes == second.notes)
    #expect(first.handled > 100)
  }
}
