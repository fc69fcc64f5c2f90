import Foundation
import ReproducibleMath
import Testing
import TrainingKernels

@testable import SparseNetworks

/// Each kernel of each instruction set alone, bit by bit against the scalar reference. An instruction set that this
/// processor lacks is reported as skipped.
@Suite struct KernelTests {
  private static func canRun(_ name: String) -> Bool { Kernels.available.contains { $0.name == name } }

  @Test(
    .enabled(if: canRun("avx512"), "not run: no AVX-512 on this processor"), arguments: KernelCase.all)
  func avx512(of case: KernelCase) throws { try `case`.compare("avx512") }

  @Test(.enabled(if: canRun("avx2"), "not run: no AVX2 on this processor"), arguments: KernelCase.all)
  func avx2(of case: KernelCase) throws { try `case`.compare("avx2") }

  @Test(
    .enabled(if: canRun("neon"), "not run: no NEON on this processor; see scripts/test-neon"),
    arguments: KernelCase.all)
  func neon(of case: KernelCase) throws { try `case`.compare("neon") }

  /// A new instruction set needs a test of its own here.
  @Test func everyInstructionSetHasATest() {
    var names: Set<String> = []
    while let name = potline_kernels_built(Int32(names.count)) { names.insert(String(cString: name)) }
    #expect(names.isSubset(of: ["avx512", "avx2", "neon", "scalar"]))
    #expect(names.isSuperset(of: Kernels.available.map(\.name)))
  }
}

/// A kernel, and a seed for what it computes on.
struct KernelCase: Sendable, CustomTestStringConvertible {
  enum Kernel: CaseIterable {
    case gradient, activeGradient, simulationGradient, clip, forward, sparseForward, update, activate, shuffle
  }

  let kernel: Kernel
  let seed: Int

  static let all = Kernel.allCases.flatMap { kernel in (0..<24).map { KernelCase(kernel: kernel, seed: $0) } }

  var testDescription: String { "\(kernel) \(seed)" }

  /// Runs the kernel of that instruction set and of the reference.
  func compare(_ name: String) throws {
    let fast = try #require(Kernels.available.first { $0.name == name })
    let scalar = try #require(Kernels.available.last)
    let (result, expected) = (try result(fast), try result(scalar))
    #expect(result == expected)
  }

  private func result(_ kernels: Kernels) throws -> [UInt32] {
    switch kernel {
    case .gradient: try gradient(kernels, ofActive: false)
    case .activeGradient: try gradient(kernels, ofActive: true)
    case .simulationGradient: try simulationGradient(kernels)
    case .clip: clip(kernels)
    case .forward: try forward(kernels)
    case .sparseForward: try sparseForward(kernels)
    case .update: update(kernels)
    case .activate: activate(kernels)
    case .shuffle: shuffle(kernels)
    }
  }

  /// Edge sizes first: widths about those of a register block, then random ones.
  private func shape() throws -> NetworkShape {
    let activation = Activation.allCases[seed % Activation.allCases.count]
    let edges = [1, 2, 4, 5, 6, 7, 10, 11, 12, 13, 20, 21]
    guard seed < edges.count else { return try randomShape(seed: UInt64(seed)) }
    return try NetworkShape(
      inputs: edges[(seed + 5) % edges.count], hidden: [edges[seed], edges[edges.count - 1 - seed]],
      outputs: edges[(seed + 3) % edges.count], inputSkip: seed % 3 == 0, activation: activation)
  }

  /// About the size of a tile, and of the tiles that are computed side by side.
  private var batch: Int { [1, 15, 16, 17, 31, 33, 128, 129, 143, 200][seed % 10] }

  private func parameters(_ shape: NetworkShape) -> NetworkParameters {
    var parameters = NetworkParameters.initial(shape: shape, seed: UInt64(seed))
    for l in parameters.layers.indices {
      parameters.layers[l].biases = randomFloats(
        parameters.layers[l].biases.count, seed: UInt64(seed + l), scale: 0.3)
    }
    return parameters
  }

  private func gradient(_ kernels: Kernels, ofActive: Bool) throws -> [UInt32] {
    let shape = try shape()
    let layout = KernelLayout(shape: shape)
    let samples = randomSamples(batch + 40, shape: shape, seed: UInt64(seed))
    let order = AlignedBuffer<UInt32>(count: batch + 40)
    order.copy(from: (0..<UInt32(batch + 40)).reversed())
    var results: [UInt32] = []
    for loss in [Loss.squared, .huber(delta: 0.7)] {
      let workspace = Workspace(layout: layout, batchSize: batch, loss: loss, kernels: kernels)
      let packed = AlignedBuffer<Float>(count: layout.parameterCount)
      let start = parameters(shape)
      layout.pack(ofActive ? start.thresholded(0.3) : start, into: packed.pointer)
      if !ofActive {
        let sum = workspace.computeGradient(
          parameters: packed.pointer, samples: samples, order: order.pointer, count: batch, nextCount: 40)
        results += [Float(sum).bitPattern]
        results += workspace.gradient.values[..<layout.parameterCount].map(\.bitPattern)
        continue
      }
      let isActive = AlignedBuffer<UInt8>(count: layout.parameterCount)
      for k in 0..<layout.parameterCount { isActive.pointer[k] = packed.pointer[k] == 0 ? 0 : 1 }
      let weights = ActiveWeights(layout: layout, numbering: .packed)
      weights.fill(isActive: isActive.pointer)
      for allWeights in [false, true] {
        let gradient = AlignedBuffer<Float>(count: layout.parameterCount + 16)
        let sum = workspace.computeGradient(
          of: weights, parameters: packed.pointer, samples: samples, order: order.pointer, count: batch,
          nextCount: 40, allWeights: allWeights, gradient: gradient.pointer)
        results += [Float(sum).bitPattern]
        let count = allWeights ? layout.parameterCount : liveCount(weights, layout)
        results += gradient.values[..<count].map(\.bitPattern)
      }
    }
    return results
  }

  /// The parameters that the gradient of the active ones is made of: without those of units that no other reads.
  private func liveCount(_ weights: ActiveWeights, _ layout: KernelLayout) -> Int {
    layout.shape.layers.indices.reduce(layout.shape.outputs) { count, l in
      let layer = weights.layers.pointer[l]
      let sources = layout.shape.layers[l].columns
      let units = l > 0 ? Int(weights.layers.pointer[l - 1].liveUnitCount) : 0
      return count + Int(layer.columnPointers[sources] - layer.columnPointers[0]) + units
    }
  }

  /// Edge sizes of the register blocks, more steps than a chunk, more tiles than a group, missing outputs.
  private func simulationGradient(_ kernels: Kernels) throws -> [UInt32] {
    var stream = RandomStream(seed: UInt64(seed), purpose: .sampling)
    let outputs = stream.integer(in: 1...9)
    let recurrence = Recurrence(
      outputLags: (0..<outputs).map { _ in stream.integer(in: 1...4) }, hiddenStates: seed % 4,
      inputLags: (0..<seed % 3).map { _ in stream.integer(in: 1...5) },
      carry: randomFloats(outputs + seed % 4, seed: 1, scale: 0.6),
      offset: randomFloats(outputs + seed % 4, seed: 2, scale: 0.1),
      gain: randomFloats(outputs + seed % 4, seed: 3, scale: 0.2),
      outputWeights: randomFloats(outputs, seed: 4).map(\.magnitude))
    let hidden = try shape().hidden
    let shape = try NetworkShape(
      inputs: recurrence.inputWidth, hidden: seed % 7 == 6 ? [] : hidden, outputs: recurrence.states,
      inputSkip: seed % 2 == 1, activation: Activation.allCases[seed % Activation.allCases.count])
    let values = randomFloats(200 * (outputs + recurrence.inputLags.count), seed: 5)
    let runs = RecordedRuns(
      outputs: outputs, inputs: recurrence.inputLags.count, history: 4, lengths: [200]
    ) {
      rows, stride in
      let width = outputs + recurrence.inputLags.count
      for row in 0..<200 {
        for k in 0..<width { rows[row * stride + k] = values[row * width + k] }
        if row % 13 == 12, row > 60 { rows[row * stride + row % outputs] = .nan }
      }
    }
    let (windows, steps) = ([1, 15, 17, 33, 70][seed % 5], [1, 5, 32, 33, 70][seed / 2 % 5])
    let start = (0..<windows).map { _ in Int32(stream.integer(in: 4...50)) }
    let layout = KernelLayout(shape: shape)
    let packed = AlignedBuffer<Float>(count: layout.parameterCount)
    layout.pack(parameters(shape), into: packed.pointer)
    var results: [UInt32] = []
    for loss in [Loss.squared, .huber(delta: 0.7)] {
      let call = SimulationCall(
        layout: layout, recurrence: recurrence, runs: runs, start: start,
        last: start.enumerated().map { $1 + Int32($0 % 3 == 0 ? steps : max(1, steps / 2)) }, steps: steps,
        washout: steps > 4 ? seed % 4 : 0, loss: loss,
        initial: (0..<windows).map { randomFloats(seed % 4, seed: UInt64($0)) })
      let (sum, counted) = call.run(packed, kernels: kernels)
      results += [sum.bitPattern, UInt32(counted)] + call.gradient.values.map(\.bitPattern)
      results += call.initialGradients.flatMap { $0.map(\.bitPattern) }
    }
    return results
  }

  private func clip(_ kernels: Kernels) -> [UInt32] {
    let count = 16 * (seed + 1)
    return [Float.infinity, 0.5].flatMap { most in
      let gradient = AlignedBuffer<Float>(count: count)
      let mask = AlignedBuffer<Float>(count: count)
      gradient.copy(from: randomFloats(count, seed: UInt64(seed)))
      mask.copy(from: (0..<count).map { $0 % 3 == 0 ? 0 : 1 })
      var arguments = potline_clip_arguments(
        count: Int32(count), gradient: gradient.pointer,
        mask: seed % 2 == 0 ? UnsafePointer(mask.pointer) : nil,
        factor: 0.3, most: most)
      let norm = kernels.table.pointee.clip(&arguments)
      return [norm.bitPattern] + gradient.values.map(\.bitPattern)
    }
  }

  private func forward(_ kernels: Kernels) throws -> [UInt32] {
    let layout = KernelLayout(shape: try shape())
    let tiles = (batch + 15) / 16
    let packed = AlignedBuffer<Float>(count: layout.parameterCount)
    layout.pack(parameters(layout.shape), into: packed.pointer)
    let rows = AlignedBuffer<Float>(count: tiles * layout.activationRows * 16)
    rows.copy(from: randomFloats(rows.count, seed: UInt64(seed)))
    withUnsafePointer(to: layout.network) { network in
      var arguments = potline_forward_arguments(
        network: network, parameters: packed.pointer, X: rows.pointer, tiles: Int32(tiles))
      kernels.table.pointee.forward(&arguments)
    }
    return rows.values.map(\.bitPattern)
  }

  private func sparseForward(_ kernels: Kernels) throws -> [UInt32] {
    let shape = try shape()
    let network = parameters(shape).pruned(threshold: [0, 0.2, 0.5][seed % 3])
    let inputs = randomFloats(batch * shape.inputs, seed: UInt64(seed))
    return evaluate(network, inputs: inputs, count: batch, kernels: kernels).map(\.bitPattern)
  }

  private func update(_ kernels: Kernels) -> [UInt32] {
    let count = 16 * (1 + seed * 3)
    return PenaltyMethod.allCases.flatMap { method in
      let adam = AdamState(parameterCount: count)
      // Some parameters are zero, and some have no penalty.
      let values = randomFloats(3 * count, seed: UInt64(seed))
      adam.parameters.copy(from: values[..<count].map { $0.magnitude < 0.2 ? 0 : 0.01 * $0 })
      let (gradient, penalty) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
      gradient.copy(from: values[count..<2 * count])
      penalty.copy(from: values[(2 * count)...].map { max(0, $0) })
      for _ in 0..<3 {
        adam.update(
          gradient: gradient.pointer, penalty: penalty.pointer, method: method, learningRate: 1e-2,
          constants: AdamConstants(), kernels: kernels)
      }
      return [adam.parameters, adam.firstMoment, adam.secondMoment].flatMap { $0.values.map(\.bitPattern) }
    }
  }

  private func activate(_ kernels: Kernels) -> [UInt32] {
    var stream = RandomStream(seed: UInt64(seed), purpose: .sampling)
    // A sum is never subnormal: it would be flushed to zero.
    let start = (0..<4096).map { _ in Float(bitPattern: stream.nextWord()) }.map { $0.isSubnormal ? 0 : $0 }
    return Activation.allCases.flatMap { activation in
      // Which number that is not a number it is, is left open.
      activated(start, by: activation, kernels).map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
    }
  }

  private func shuffle(_ kernels: Kernels) -> [UInt32] {
    let count = [1, 2, 15, 16, 17, 63, 64, 65, 1000, 4095, 4096, 4097][seed % 12]
    let order = AlignedBuffer<UInt32>(count: count + Trainer.orderPadding)
    Trainer.shuffle(order, seed: UInt64(seed), epoch: 1, kernels: kernels)
    return Array(order.values[..<count])
  }
}

/// A hidden unit's function of values, by the kernels.
func activated(_ values: [Float], by activation: Activation, _ kernels: Kernels) -> [Float] {
  let buffer = AlignedBuffer<Float>(count: (values.count + 15) / 16 * 16)
  for (k, value) in values.enumerated() { buffer.pointer[k] = value }
  kernels.table.pointee.activate(activation.kernelActivation, buffer.pointer, Int32(buffer.count))
  return Array(buffer.values[..<values.count])
}
