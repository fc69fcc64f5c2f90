import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleStudies

/// Settings that are judged on blocks of the training trajectories.
@Suite struct BlockValidationTests {
  @Test func everyRowIsInOneBlockButThoseThatAreGiven() {
    for count in [2, 3, 7] {
      let lengths = [40, 9, 3, 61]
      var seen = lengths.map { Array(repeating: 0, count: $0) }
      for index in 0..<count {
        for (k, rows) in LeftOutBlock(index: index, count: count).rows(of: lengths, given: 5).enumerated() {
          for row in rows { seen[k][row] += 1 }
        }
      }
      for (k, length) in lengths.enumerated() {
        #expect(seen[k] == (0..<length).map { $0 < 5 ? 0 : 1 }, "\(count) blocks, trajectory \(k)")
      }
    }
  }

  @Test func whatIsLeftOutIsMissingAndNothingElse() throws {
    let states = (0..<12).map { Double($0) }
    let trajectory = try Trajectory(
      samplingTime: 1, stateNames: ["a", "b"], inputNames: ["u"], states: states,
      inputs: .init(repeating: 1, count: 6))
    try trajectory.withView { view in
      try [view, view].withMissing([2..<4, 6..<6]) { views in
        #expect(Array(views[0].states).map { $0.isNaN } == (0..<12).map { 4..<8 ~= $0 })
        #expect(Array(views[1].states) == states && Array(views[0].inputs) == trajectory.inputs)
        #expect(Array(views[0].states)[8...] == states[8...])
      }
      #expect(Array(view.states) == states)
    }
  }

  /// A member of a linear system, of which every training but the one without the last half knows that half's level.
  @Test func aBlockIsJudgedByANetworkThatNeverSawIt() throws {
    // The state follows the input, with another gain in the last half.
    var states: [Double] = []
    var inputs: [Double] = []
    var x = 0.0
    for k in 0..<400 {
      let u = Double(k / 10 % 4) - 1.5
      (states, inputs) = (states + [x], inputs + [u])
      x += 0.2 * ((k < 200 ? 1 : -1) * u - x)
    }
    let trajectory = try Trajectory(
      samplingTime: 1, stateNames: ["x"], inputNames: ["u"], states: states, inputs: inputs)
    let set = try TrajectorySet(training: [trajectory], test: [trajectory])
    let dataset = try DatasetOnDisk(set)
    func member(_ keys: String) throws -> MemberFile {
      let study = try StudyFile.study(
        yaml: """
          name: blocks
          members: 1
          dataset: {files: {train: [a], test: [b], outputs: [x], inputs: [u], samplingTime: 1}}
          variants: [{name: a, hidden: [2], activation: tanh, steps: 5, inputSkip: true, finish: {}\(keys)}]
          forecast: {windows: [[0, 40]]}
          """, file: "s")
      let plan = try StudyPlan(study, trajectories: set, digest: dataset.digest)
      let job = try TrainingJob(payload: plan.members[0].payload)
      let training = try MemberTraining(job, dataset: dataset.file, kernels: .selected())
      guard case .finished(let member) = try training.run(progress: { _, _, _, _ in .proceed }) else {
        preconditionFailure("nobody stops it")
      }
      return member
    }
    let (plain, judged) = (try member(""), try member(", validation: {blocks: 2}"))
    #expect(plain.network == judged.network && plain.trainingCurve == judged.trainingCurve)
    #expect(plain.validation.isEmpty && judged.validation.count == 2)
    for errors in judged.validation {
      // The other half has the opposite gain: 2 x 1.1 deviations of the input's effect, at least 1 of the state's.
      #expect(errors.count == 1 && errors[0].meanSquare > 1, "\(errors)")
    }
    #expect(judged.validation[0][0].stepCount == 199 && judged.validation[1][0].stepCount == 200)
  }
}
