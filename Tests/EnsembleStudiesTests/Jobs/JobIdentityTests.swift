import Digests
import DynamicalSystems
import SparseNetworks
import Testing

@testable import EnsembleStudies

/// Identities of jobs and datasets that users have in their folders: they may change only with the job's format.
@Suite struct JobIdentityTests {
  private func plan(_ yaml: String, _ set: TrajectorySet) throws -> StudyPlan {
    try StudyPlan(
      StudyFile.study(yaml: yaml, file: "s"), trajectories: set, digest: .of(try DatasetFile.encoded(set)))
  }

  private let yaml = """
    name: old
    members: 2
    dataset: {simulated: {system: aluminium-cell}}
    variants:
      - {name: dense, hidden: [4], batchSize: 16, epochs: 3}
      - name: sparse
        hidden: [5, 4]
        inputSkip: true
        penalty: {method: proximal, weight: 1e-3}
        learningRate: {schedule: cosine, from: 2e-3, to: 2e-5}
        activeSet: true
        batchSize: 16
        trainingTrajectories: 2
    forecast: {windows: [[0, 10], [0, 50]]}
    """

  @Test func theyAreWhatTheyWere() throws {
    let set = try oscillatorSet()
    let plan = try plan(yaml, set)
    #expect(plan.dataset.description == "7a5c9247397279983a27149a7f5caf3ed563998e112e5fcf97e1a5e0a642e640")
    #expect(
      plan.members.map(\.job.description) == [
        "582c56c7008f052ee341194ccf3af88f2d8e06f590937da2b7f7b6ee8c3a4182",
        "a04486f2b9372d9e94ffb427daf3082603b2c2f8786e56000ce4547c727446a1",
        "f2eaf7929ffdeb2bb94bd4a8e39ae43e7c33761c59bc07f9cfeb7995dd0c69a8",
        "bc89280712e9d49e7ce33f0eda33772e06f275ae5824bcf51938f7ea82db14e5",
      ])
    #expect(plan.identity.description == "03b00212404662a4cca6a9aaaaf71af7798f5c82d82ff618ff326d92f68feb90")
  }

  @Test func newKeysGiveOtherJobs() throws {
    let set = try oscillatorSet()
    let old = try plan(yaml, set)
    for addition in [
      "debias: {epochs: 1, learningRate: 1e-3}", "pruning: {weights: 9, epochs: 1, learningRate: 1e-3}",
    ] {
      let new = try plan(
        yaml.replacing("    batchSize: 16\n", with: "    batchSize: 16\n    \(addition)\n"), set)
      #expect(new.members[..<2].map(\.job) == old.members[..<2].map(\.job))
      #expect(new.members[2...].map(\.job) != old.members[2...].map(\.job))
    }
    let validated = try plan(yaml, oscillatorSet(validation: [50]))
    #expect(validated.dataset != old.dataset)
  }
}
