import EnsembleStudies

/// Which inputs the members of a variant have learned for which output; an input is a signal with all its lags.
package struct FeatureAnalysis: Sendable {
  /// Members in which an input reaches an output through the weights left: [outputs][inputs].
  package let reachFrequency: [[Proportion]]
  /// Members in which the sensitivity is at least `ConsensusFeatures.relevant`: [outputs][inputs].
  package let sensitivityFrequency: [[Proportion]]
  /// Median over members of the root-mean-square sensitivity: [outputs][inputs].
  package let sensitivity: [[Double]]
  /// The part of the sensitivity that members have in common: [outputs][inputs].
  package let shared: [[Double]]
  /// Sensitivity over the member's own one-step error of the output, reached by nine of ten members: [outputs][inputs].
  package let overError: [[Double]]
  /// Intraclass correlation of the derivatives between members: [outputs][inputs].
  package let reliability: [[Double]]
  /// Agreement between members by reachability.
  package let reachAgreement: FeatureAgreement
  /// Agreement between members by sensitivity.
  package let sensitivityAgreement: FeatureAgreement
  /// Consensus features by each rule, the primary rule first.
  package let consensus: [ConsensusFeatures]
  /// Members whose reachable inputs are exactly the true arguments, for each output; empty if the truth is unknown.
  package let exact: [Proportion]
  /// Members for which that holds for all mass balances.
  package let exactMassBalances: Proportion?
  /// Precision and recall of the consensus features by each rule; empty if the truth is unknown.
  package let scores: [FeatureScore]
  /// Sensitivities of the true, sampled system; nil if it is unknown.
  package let trueSensitivities: [[Double]]?
  /// The same lag by lag; nil for networks of the present row alone.
  package let lags: LagFeatures?

  init(
    _ members: [TrainedMember], _ sensitivities: Sensitivities, lags: LagFeatures?, truth: SystemTruth?,
    trueSensitivities: [[Double]]?, replicates: Int
  ) {
    self.lags = lags
    let (outputs, inputs) = (sensitivities.outputs, sensitivities.inputs)
    let reached = members.map(\.learnedInputFeatures)
    let relevant = sensitivities.byMember.map { member in
      (0..<outputs).map { output in
        (0..<inputs).map { member[output * inputs + $0] >= ConsensusFeatures.relevant }
      }
    }
    func table<Value>(_ value: (Int, Int) -> Value) -> [[Value]] {
      (0..<outputs).map { output in (0..<inputs).map { value(output, $0) } }
    }
    func frequency(_ features: [[[Bool]]]) -> [[Proportion]] {
      table { output, input in Proportion(features.count { $0[output][input] }, of: features.count) }
    }
    reachFrequency = frequency(reached)
    sensitivityFrequency = frequency(relevant)
    sensitivity = table { output, input in
      Quantiles.median(of: sensitivities.byMember.map { $0[output * inputs + input] }) ?? 0
    }
    let (sharedCells, reliabilityCells) = (sensitivities.shared, sensitivities.reliability)
    shared = table { sharedCells[$0 * inputs + $1] }
    reliability = table { reliabilityCells[$0 * inputs + $1] }
    let overErrorCells = sensitivities.overError
    overError = table { overErrorCells[$0 * inputs + $1] }
    reachAgreement = FeatureAgreement(reached, replicates: replicates)
    sensitivityAgreement = FeatureAgreement(relevant, replicates: replicates)
    let consensus = ConsensusRule.allCases.map { ConsensusFeatures($0, sensitivities, reached: reached) }
    self.consensus = consensus
    exact =
      truth.map { truth in
        (0..<outputs).map { output in
          Proportion(reached.count { $0[output] == truth.arguments[output] }, of: reached.count)
        }
      } ?? []
    exactMassBalances = truth.flatMap { truth in
      truth.massBalances.isEmpty
        ? nil
        : Proportion(
          reached.count { features in truth.massBalances.allSatisfy { features[$0] == truth.arguments[$0] } },
          of: reached.count)
    }
    scores = truth.map { truth in consensus.map { FeatureScore($0.features, truth: truth.arguments) } } ?? []
    self.trueSensitivities = trueSensitivities
  }
}
