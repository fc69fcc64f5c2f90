import Foundation
import Safetensors
import Testing

@testable import SparseNetworks

/// Loss, gradients and Adam steps against PyTorch in float64.
///
/// Tolerances: the kernels sum up to 128 products of size about 1 in float32 (unit roundoff 6e-8) through five layers,
/// so that gradients agree to about 1e-6 of the largest entry of their tensor. Adam divides by the root of the second
/// moment: its step is the learning rate times a number near 1, whatever the gradient's size, so parameters after k
/// steps agree to a small part of k learning rates, except where a gradient is so near zero that its sign is rounding.
@Suite struct ReferenceTests {
  @Test(arguments: ["train-plain", "train-inputskip", "train-odd-shapes"], Kernels.available.map(\.name))
  func gradientAndAdamSteps(file: String, kernels name: String) throws {
    let kernels = try #require(Kernels.available.first { $0.name == name })
    let reference = try Reference(file)
    let workspace = Workspace(
      layout: KernelLayout(shape: reference.shape), batchSize: reference.batchSize, kernels: kernels)
    let adam = AdamState(parameterCount: workspace.layout.parameterCount)
    let penalty = AlignedBuffer<Float>(count: workspace.layout.parameterCount)
    workspace.layout.pack(try reference.parameters("initial"), into: adam.parameters.pointer)
    workspace.layout.packPenalty(Penalty(method: .subgradient, weight: reference.l1), into: penalty.pointer)
    let order = AlignedBuffer<UInt32>(count: reference.batchSize)
    order.copy(from: 0..<UInt32(reference.batchSize))
    for step in 0..<5 {
      let l1Norm = workspace.layout.unpack(adam.parameters.pointer).l1Norm
      let batch = try reference.batch(step)
      workspace.gather(batch, order: order.pointer, count: reference.batchSize)
      let loss = workspace.computeGradient(
        parameters: adam.parameters.pointer, count: reference.batchSize, samples: batch, next: nil, nextCount: 0)
      #expect(abs(loss - reference.losses[step][0]) < 2e-6 * reference.losses[step][0])
      let total = loss + reference.l1 * l1Norm
      #expect(abs(total - reference.losses[step][1]) < 2e-6 * reference.losses[step][1])
      if step == 0 { try compareGradient(workspace, reference) }
      adam.update(
        gradient: workspace.gradient.pointer, penalty: penalty.pointer, method: .subgradient,
        learningRate: reference.learningRate, constants: AdamConstants(), kernels: kernels)
      if step == 0 || step == 4 {
        try compare(
          workspace.layout.unpack(adam.parameters.pointer), try reference.parameters("after\(step + 1)"),
          tolerance: 0.01 * reference.learningRate)
      }
    }
  }

  /// The reference's gradient contains the penalty's subgradient.
  private func compareGradient(_ workspace: Workspace, _ reference: Reference) throws {
    let initial = try reference.parameters("initial")
    let expected = try reference.parameters("step0.gradient")
    let gradient = workspace.layout.unpack(workspace.gradient.pointer)
    for l in gradient.layers.indices {
      let scale = expected.layers[l].weights.map(\.magnitude).max() ?? 0
      for k in gradient.layers[l].weights.indices {
        let sign: Float = initial.layers[l].weights[k] > 0 ? 1 : initial.layers[l].weights[k] < 0 ? -1 : 0
        let value = gradient.layers[l].weights[k] + Float(reference.l1) * sign
        #expect(abs(value - expected.layers[l].weights[k]) < 2e-6 * scale, "layer \(l), weight \(k)")
      }
      let biasScale = expected.layers[l].biases.map(\.magnitude).max() ?? 0
      for k in gradient.layers[l].biases.indices {
        #expect(abs(gradient.layers[l].biases[k] - expected.layers[l].biases[k]) < 2e-6 * biasScale)
      }
    }
  }

  private func compare(_ value: NetworkParameters, _ expected: NetworkParameters, tolerance: Double) throws {
    for l in value.layers.indices {
      let pairs = zip(
        value.layers[l].weights + value.layers[l].biases,
        expected.layers[l].weights + expected.layers[l].biases)
      for (k, pair) in pairs.enumerated() {
        #expect(Double(abs(pair.0 - pair.1)) < tolerance, "layer \(l), parameter \(k)")
      }
    }
  }

  @Test(arguments: ["train-plain", "train-inputskip", "train-odd-shapes"])
  func outputsOfThePrunedNetworkWithoutPruning(file: String) throws {
    let reference = try Reference(file)
    let network = try reference.parameters("initial").pruned(threshold: 0)
    let batch = try reference.archive.doubles(named: "batches.input")
    let inputs = batch[..<(reference.batchSize * reference.shape.inputs)].map { Float($0) }
    let outputs = evaluate(network, inputs: inputs, count: reference.batchSize, kernels: Kernels.available[0])
    let expected = try reference.archive.doubles(named: "step0.output")
    #expect(outputs.count == expected.count)
    for (value, wanted) in zip(outputs, expected) {
      #expect(abs(Double(value) - wanted) < 5e-6 * (1 + abs(wanted)))
    }
  }
}

/// A file of numbers made by PyTorch; its metadata says what it holds.
private struct Reference {
  let archive: TensorArchive
  let shape: NetworkShape
  let batchSize: Int
  let l1: Double
  let learningRate: Double
  let losses: [[Double]]

  init(_ name: String) throws {
    let path = try #require(Bundle.module.path(forResource: "Fixtures/\(name)", ofType: "safetensors"))
    archive = try TensorArchive(contentsOf: path)
    let widths = try #require(archive.metadata["architecture"]).split(separator: "-").compactMap { Int($0) }
    shape = try NetworkShape(
      inputs: widths[0], hidden: Array(widths[1..<widths.count - 1]), outputs: widths[widths.count - 1],
      inputSkip: archive.metadata["inputSkip"] == "true")
    batchSize = try #require(archive.metadata["batch"].flatMap(Int.init))
    l1 = try #require(archive.metadata["l1"].flatMap(Double.init))
    learningRate = try #require(archive.metadata["learningRate"].flatMap(Double.init))
    let flat = try archive.doubles(named: "losses", shape: [5, 2])
    losses = (0..<5).map { [flat[2 * $0], flat[2 * $0 + 1]] }
  }

  func parameters(_ prefix: String) throws -> NetworkParameters {
    let layers = try shape.layers.enumerated().map { l, layer in
      NetworkParameters.Layer(
        weights: try archive.doubles(
          named: "\(prefix).layer\(l).weight", shape: [layer.outputs, layer.columns]
        ).map { Float($0) },
        biases: try archive.doubles(named: "\(prefix).layer\(l).bias", shape: [layer.outputs]).map {
          Float($0)
        })
    }
    return NetworkParameters(shape: shape, layers: layers)
  }

  func batch(_ step: Int) throws -> TrainingSamples {
    let inputs = try archive.doubles(named: "batches.input", shape: [5, batchSize, shape.inputs])
    let targets = try archive.doubles(named: "batches.target", shape: [5, batchSize, shape.outputs])
    return TrainingSamples(count: batchSize, inputs: shape.inputs, targets: shape.outputs) { rows, stride in
      for sample in 0..<batchSize {
        for i in 0..<shape.inputs {
          rows[sample * stride + i] = Float(inputs[(step * batchSize + sample) * shape.inputs + i])
        }
        for o in 0..<shape.outputs {
          rows[sample * stride + shape.inputs + o] = Float(
            targets[(step * batchSize + sample) * shape.outputs + o])
        }
      }
    }
  }
}

extension NetworkParameters {
  fileprivate var l1Norm: Double {
    layers.reduce(0) { $0 + $1.weights.reduce(0.0) { $0 + Double($1.magnitude) } }
  }
}
