import ReproducibleMath
import SparseNetworks
import Testing
import TrajectoryData

@testable import EnsembleAnalysis

@Suite struct NoiseEstimateTests {
  /// Two coupled outputs with noise, measured, and the exact linear model of the next difference: the noise comes back. One
  /// noise is ten times the other, in another unit.
  @Test func noiseOfAnExactModelComesBack() throws {
    let (h, rows) = (2.0, 20_000)
    let noise = [0.02, 3.0]
    var stream = RandomStream(seed: 3, purpose: .sampling)
    var (x, states, inputs) = ([0.0, 0.0], [Double](), [Double]())
    for _ in 0..<rows {
      let u = stream.normal()
      states += [x[0] + noise[0] * stream.normal(), x[1] + noise[1] * stream.normal()]
      inputs.append(u)
      x = [0.7 * x[0] + 0.001 * x[1] + 0.2 * u, 0.5 * x[1] + 30 * x[0] - 10 * u]
    }
    let trajectory = try Trajectory(
      samplingTime: h, stateNames: ["a", "b"], inputNames: ["u"], states: states, inputs: inputs)
    let scale = try Standardisation(of: [trajectory])
    // (next - present) / h by a, b, u, and in standardised units.
    let rates = [[-0.3, 0.001, 0.2], [30, -0.5, -10]].map { $0.map { $0 / h } }
    let weights = rates.enumerated().flatMap { output, row in
      row.enumerated().map {
        Float($1 * scale.inputDeviation[$0] / scale.targetDeviation[output])
      }
    }
    let biases = rates.enumerated().map { output, row in
      let mean = zip(row, scale.inputMean).reduce(0) { $0 + $1.0 * $1.1 }
      return Float((mean - scale.targetMean[output]) / scale.targetDeviation[output])
    }
    let network = NetworkParameters(
      shape: try NetworkShape(inputs: 3, hidden: [], outputs: 2),
      layers: [.init(weights: weights, biases: biases)]
    ).pruned(threshold: 0)
    var samples = [Float](repeating: 0, count: (rows - 1) * 5)
    samples.withUnsafeMutableBufferPointer {
      _ = scale.fillSamples(scale.presentRow, of: [trajectory], into: $0, rowStride: 5)
    }
    let points = (0..<rows - 1).flatMap { samples[$0 * 5..<$0 * 5 + 3] }
    let targets = (0..<rows - 1).flatMap { samples[$0 * 5 + 3..<$0 * 5 + 5] }
    let (values, jacobians) = NetworkJacobian(network).evaluated(at: points)
    let residuals = MemberResiduals(
      values: values, jacobians: jacobians, targets: targets, standardisation: scale,
      regressor: scale.presentRow, samplingTime: h)
    let estimate = NoiseEstimate([residuals, residuals], truth: noise)
    for output in 0..<2 {
      let found = try #require(estimate.median[output])
      #expect(abs(found / noise[output] - 1) < 0.03, "\(found) of \(noise[output])")
    }
    // The residual is larger: it holds the noise of the regressor, too.
    #expect(try #require(estimate.residual[0]) > 1.1 * noise[0])
  }

  /// Lags of one output: 1 + (0.6)² + (0.3)², by hand.
  @Test func gainsAreThoseOfAllLags() throws {
    let regressor = try Regressor(outputLags: [2], inputs: [.init(lags: 1)])
    let scale = try Standardisation(
      inputMean: [0, 0], inputDeviation: [2, 1], targetMean: [0], targetDeviation: [4])
    // With h = 0.5: the prediction is y + 0.5 · 4 · f, and f has the slopes -0.4 and 0.3 by y / 2.
    let residuals = MemberResiduals(
      values: [0.5, -0.5], jacobians: [-0.4, 0.3, 9, -0.4, 0.3, 9], targets: [0, 0], standardisation: scale,
      regressor: regressor, samplingTime: 0.5)
    #expect(abs(residuals.meanSquares[0] - 1) < 1e-6 && abs(residuals.gains[0] - (0.36 + 0.09)) < 1e-6)
    #expect(abs(residuals.noiseVariances[0] - 1 / 1.45) < 1e-6)
  }

  /// Equations that no variances fulfil: what is left is finite and not negative.
  @Test func impossibleResidualsGiveFiniteVariances() {
    let variances = MemberResiduals(meanSquares: [1, 1e-6], gains: [0.5, 4, 4, 0.5]).noiseVariances
    #expect(variances.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect(MemberResiduals(meanSquares: [0, 0], gains: [1, 0, 0, 1]).noiseVariances == [0, 0])
  }
}
