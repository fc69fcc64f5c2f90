import Digests
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

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
        "dcdf1355a41511a0ce51fb4d65bfb3ced63911b9d1658fddcaa90e5b69aff528",
        "ffa85a93c1498722b05468885f28f5b4597948fa202d97d640b62a30010a0ce5",
        "44b79dd5288cc0b82c89165320d8bc7ed1353990992bc0b0486641529df34290",
        "567d0ded02f93cb34a26be10cf7761d6a20d99fd21b1d532b3ec51f071bb1f09",
      ])
    #expect(plan.identity.description == "0af638c8045c3a1c1433297b39de9bac0968e62934c124866bb9852d0884ede7")
  }

  /// Older programs must not take such a job: they would train a ReLU network.
  @Test func otherActivationsAndLossesHaveANewerFormat() throws {
    var job = try oscillatorJob(.of([1]))
    #expect(job.format == 2)
    job.shape = try NetworkShape(inputs: 3, hidden: [8], outputs: 2, activation: .tanh)
    #expect(job.format == 3)
    #expect(try TrainingJob(payload: job.payload()) == job)
    job.shape = try NetworkShape(inputs: 3, hidden: [8], outputs: 2)
    job.laterPhases = [TrainingPhase(settings: TrainingSettings(epochs: 1, loss: .huber(delta: 0.5)))]
    #expect(job.format == 3)
    #expect(try TrainingJob(payload: job.payload()) == job)
    let text = String(decoding: try job.payload(), as: UTF8.self)
    for (old, new) in [
      ("\"delta\":0.5", "\"delta\":-1"), ("huber", "hubert"), ("\"format\":3", "\"format\":2"),
    ] {
      let other = text.replacing(old, with: new)
      #expect(other != text)
      #expect(throws: TrainingJobError.self) { try TrainingJob(payload: Array(other.utf8)) }
    }
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
