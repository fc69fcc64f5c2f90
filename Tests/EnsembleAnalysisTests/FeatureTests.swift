import DynamicalSystems
import EnsembleStudies
import ReproducibleMath
import SparseNetworks
import StudyFiles
import Testing
import TrajectoryData

@testable import EnsembleAnalysis

@Suite struct FeatureTests {
  @Test func jaccardByHand() {
    #expect(FeatureAgreement.jaccard([true, true, false], [true, false, true]) == 1.0 / 3)
    #expect(FeatureAgreement.jaccard([false, false], [false, false]) == 1)
    #expect(FeatureAgreement.jaccard([true, false], [false, false]) == 0)
  }

  /// The expectation over all pairs of subsets of the given sizes, written out.
  @Test(arguments: [(0, 0, 5), (0, 2, 5), (2, 3, 5), (4, 4, 5), (5, 5, 5), (1, 6, 7), (3, 3, 4)])
  func similarityByChanceIsThatOfAllSubsets(a: Int, b: Int, n: Int) {
    let subsets = { (size: Int) in
      (0..<1 << n).filter { $0.nonzeroBitCount == size }.map { bits in (0..<n).map { bits >> $0 & 1 == 1 } }
    }
    let pairs = subsets(a).flatMap { first in subsets(b).map { FeatureAgreement.jaccard(first, $0) } }
    let mean = pairs.reduce(0, +) / Double(pairs.count)
    #expect(abs(FeatureAgreement.expected(a, b, of: n) - mean) < 1e-12)
  }

  @Test func agreementIsTheMeanOverPairs() throws {
    let members = [
      [[true, true], [true, false]], [[true, false], [true, false]], [[true, true], [false, true]],
    ]
    let agreement = FeatureAgreement(members, replicates: 50)
    // Pairs: output 1: 1/2, 1, 1/2; output 2: 1, 0, 0.
    let similarity = try #require(agreement.similarity)
    #expect(abs(similarity.estimate - (2.0 / 3 + 1.0 / 3) / 2) < 1e-12)
    #expect(agreement.byOutput.compactMap { $0?.estimate }.map { ($0 * 3).rounded() } == [2, 1])
    #expect(similarity.lower <= similarity.estimate && similarity.estimate <= similarity.upper)
    #expect(FeatureAgreement([members[0]]).similarity == nil)
  }

  /// Linear networks: the derivative is the weight at every point.
  private func linear(_ weights: [Float]) throws -> PrunedNetwork {
    NetworkParameters(
      shape: try NetworkShape(inputs: 3, hidden: [], outputs: 1),
      layers: [.init(weights: weights, biases: [0])]
    ).pruned(threshold: 0)
  }

  @Test func sensitivitiesByHand() throws {
    var sensitivities = Sensitivities(outputs: 1, inputs: 3, samples: 2)
    let points: [Float] = [0, 1, 2, 3, 4, 5]
    let targets: [Float] = [0.5, 4.5]
    sensitivities.add(try linear([1, 0.5, 0]), at: points, targets: targets)
    sensitivities.add(try linear([1, -0.5, 0]), at: points, targets: targets)
    sensitivities.add(try linear([2, 0.5, 0]), at: points, targets: targets)
    #expect(sensitivities.byMember == [[1, 0.5, 0], [1, 0.5, 0], [2, 0.5, 0]])
    // Products of pairs: 1, 2, 2 and −1/4, 1/4, −1/4.
    #expect(abs(sensitivities.shared[0] - (5.0 / 3).squareRoot()) < 1e-6)
    #expect(sensitivities.shared[1] == 0)
    #expect(abs(sensitivities.reliability[0] - 5.0 / 6) < 1e-6)
    #expect(abs(sensitivities.reliability[1] + 1.0 / 3) < 1e-6)
    #expect(sensitivities.reliability[2] == 0)
    // Outputs: 0.5, 5; −0.5, 1; 0.5, 8.
    let errors = [0.125, (1 + 3.5 * 3.5) / 2, 3.5 * 3.5 / 2].map { $0.squareRoot() }
    #expect(sensitivities.errors == errors.map { [$0] })
    // Three of three members are nine of ten of them.
    #expect(sensitivities.overError == [1 / errors[1], 0.5 / errors[1], 0])
    let consensus = ConsensusFeatures(.aboveError, sensitivities, reached: [])
    #expect(consensus.features == [[false, false, false]] && consensus.threshold == 1)
  }

  /// Derivatives that are the truth plus noise of the initialisation: the shared part is the truth, without bias.
  @Test func sharedSensitivityIsFreeOfTheMembersNoise() throws {
    var stream = RandomStream(seed: 2, purpose: .sampling)
    var sensitivities = Sensitivities(outputs: 1, inputs: 3, samples: 1)
    for _ in 0..<400 {
      let noise = (0..<3).map { _ in Float(stream.normal()) }
      sensitivities.add(try linear([3 + noise[0], 0.5 + noise[1], noise[2]]), at: [0, 0, 0], targets: [0])
    }
    #expect(abs(sensitivities.shared[0] - 3) < 0.15)
    #expect(abs(sensitivities.shared[1] - 0.5) < 0.15)
    #expect(sensitivities.shared[2] < 0.3)
    #expect(abs(sensitivities.reliability[0] - 0.9) < 0.02)
    #expect(abs(sensitivities.total[2] - 1) < 0.1)
  }

  /// One of twenty members may be without a feature, or two; not three.
  @Test(arguments: [(1, true), (2, true), (3, false)])
  func consensusNeedsNineOfTenMembers(without: Int, isFeature: Bool) throws {
    var sensitivities = Sensitivities(outputs: 1, inputs: 3, samples: 1)
    for member in 0..<20 {
      // The error is 0.5 in all members.
      let network = try linear([member < without ? 0.4 : 0.6, 0, 0])
      sensitivities.add(network, at: [0, 0, 0], targets: [0.5])
    }
    let consensus = ConsensusFeatures(.aboveError, sensitivities, reached: [])
    #expect(consensus.features == [[isFeature, false, false]])
  }

  @Test func gapAndOtsuSplitWhereTheyShould() {
    #expect(ConsensusFeatures.gap([0.1, 0.2, 0.9, 1], atLeast: 0.5) == 0.55)
    // The larger gap is below the least threshold.
    #expect(ConsensusFeatures.gap([0, 0.7, 0.75, 0.9], atLeast: 0.5) == 0.825)
    #expect(ConsensusFeatures.gap([], atLeast: 0.5) == 0.5)
    #expect(ConsensusFeatures.otsu([0, 0.1, 0.2, 5, 5.1]) == 2.6)
  }

  @Test func precisionAndRecallByHand() {
    let score = FeatureScore(
      [[true, true, false], [false, true, false]], truth: [[true, false, true], [false, true, false]])
    #expect(score.precision == Proportion(2, of: 3))
    #expect(score.recall == Proportion(2, of: 3))
  }

  /// The equations of the cell by differences: exactly the listed arguments matter.
  @Test func truthOfTheCellIsThatOfItsEquations() throws {
    let truth = try #require(SystemTruth(.simulated(SimulatedDataset())))
    let cell = AluminiumCell()
    let x = SIMD8<Double>(3260, 470, 1850, 13800, 9950, 975, 816, 580)
    let u = SIMD8<Double>(5, 140_000, 2, 1, 0.05, 0, 0, 0)
    for column in 0..<13 {
      var (state, input) = (x, u)
      if column < 8 { state[column] *= 1.01 } else { input[column - 8] *= 1.01 }
      let difference = cell.derivative(state, input) - cell.derivative(x, u)
      #expect((0..<8).map { difference[$0] != 0 } == truth.arguments.map { $0[column] }, "column \(column)")
    }
  }

  /// Within a step of 10 s the alumina feed changes the bath, and so the ledge.
  @Test func sampledSystemHasMoreArgumentsThanItsEquations() throws {
    let truth = try #require(SystemTruth(.simulated(SimulatedDataset())))
    let set = try Simulation(seed: 3, rowCount: 1500).trajectories(training: 4, test: 1)
    let standardisation = try Standardisation(of: set.training)
    let trajectory = set.test[0]
    let points = (0..<200).flatMap { Array(trajectory.state(7 * $0)) + Array(trajectory.input(7 * $0)) }
    let sampled = truth.sampledSensitivities(at: points, standardisation: standardisation, samplingTime: 10)
    for (row, arguments) in zip(sampled, truth.arguments) {
      #expect(zip(row, arguments).allSatisfy { !$1 || $0 > 1e-4 })
    }
    #expect(sampled[0][8] > 1e-3 && !truth.arguments[0][8])
    // d(dx2)/du1 is 1 in physical units.
    let expected = standardisation.inputDeviation[8] / standardisation.targetDeviation[1]
    #expect(abs(sampled[1][8] - expected) < 1e-6)
  }
}
