import ReproducibleMath
import Testing

@testable import SparseNetworks

/// The structure of networks up to the numbering of hidden units.
@Suite struct StructureTests {
  /// A network 1-n-n-1 in which unit i of the second layer reads the units `reads[i]` of the first.
  private func network(_ reads: [[Int]], firstBias: Float = 0) throws -> PrunedNetwork {
    let n = reads.count
    var weights = [Float](repeating: 0, count: n * n)
    for (unit, sources) in reads.enumerated() { for source in sources { weights[unit * n + source] = 1 } }
    return NetworkParameters(
      shape: try NetworkShape(inputs: 1, hidden: [n, n], outputs: 1),
      layers: [
        .init(
          weights: .init(repeating: 1, count: n), biases: .init(repeating: 0, count: n)),
        .init(weights: weights, biases: .init(repeating: 0, count: n)),
        .init(weights: .init(repeating: 1, count: n), biases: [0]),
      ]
    ).pruned(threshold: 0)
  }

  /// Units and readers in cycles of the given lengths, numbered at random.
  private func cycles(_ lengths: [Int], seed: UInt64) -> [[Int]] {
    var reads: [[Int]] = []
    for length in lengths {
      let first = reads.count
      for i in 0..<length { reads.append([first + i, first + (i + 1) % length]) }
    }
    return shuffled(reads, seed: seed)
  }

  private func shuffled(_ reads: [[Int]], seed: UInt64) -> [[Int]] {
    var stream = RandomStream(seed: seed, purpose: .sampling)
    var (rows, columns) = (Array(reads.indices), Array(reads.indices))
    stream.shuffle(&rows)
    stream.shuffle(&columns)
    return rows.map { row in reads[row].map { columns[$0] } }
  }

  /// Every unit reads two and is read by two, so colour refinement sees no difference between one long cycle and two
  /// short ones.
  @Test(arguments: 0..<10) func cyclesOfOtherLengthsAreOtherStructures(seed: UInt64) throws {
    let partitions = [[12], [6, 6], [8, 4], [4, 4, 4], [7, 5], [3, 9], [3, 3, 6]]
    let descriptions = try partitions.map {
      try network(cycles($0, seed: seed)).structureDescription
    }
    #expect(Set(descriptions).count == partitions.count)
    for (partition, description) in zip(partitions, descriptions) {
      #expect(try network(cycles(partition, seed: seed + 100)).structureDescription == description)
    }
  }

  /// The incidence of the points and lines of the plane over Z/7, and of one in which a pair of incidences is
  /// exchanged: regular, highly symmetric, and different.
  @Test(arguments: 0..<5) func projectivePlaneIsRecognised(seed: UInt64) throws {
    let lines = (0..<7).map { line in [0, 1, 3].map { ($0 + line) % 7 } }
    let description = try network(lines).structureDescription
    #expect(try network(shuffled(lines, seed: seed)).structureDescription == description)
    // Another 3-regular configuration of 7 points and lines: two of its lines share two points.
    let other = (0..<7).map { line in [0, 1, 2].map { ($0 + line) % 7 } }
    #expect(try network(other).structureDescription != description)
    #expect(
      try network(shuffled(other, seed: seed)).structureDescription == network(other).structureDescription)
  }

  /// All 512 networks 1-3-3-1 by brute force over the 36 numberings: as many structures, and the same ones together.
  @Test func classesAreThoseOfBruteForce() throws {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    var canonical: [[Bool]: [UInt8]] = [:]
    var mismatches = 0
    for pattern in 0..<512 {
      let edges = (0..<9).map { pattern >> $0 & 1 == 1 }
      // The pruning takes out what has no way through, so only whole networks are compared.
      guard (0..<3).allSatisfy({ i in (0..<3).contains { edges[i * 3 + $0] } }),
        (0..<3).allSatisfy({ i in (0..<3).contains { edges[$0 * 3 + i] } })
      else { continue }
      let least = orders.flatMap { rows in
        orders.map { columns in rows.flatMap { r in columns.map { edges[r * 3 + $0] } } }
      }.min { $0.lexicographicallyPrecedes($1) { !$0 && $1 } }
      let key = try #require(least)
      let reads = (0..<3).map { r in (0..<3).filter { edges[r * 3 + $0] } }
      let description = try network(reads).structureDescription
      if let known = canonical[key], known != description { mismatches += 1 }
      canonical[key] = description
    }
    #expect(mismatches == 0)
    #expect(canonical.count > 10)
    #expect(Set(canonical.values).count == canonical.count)
  }

  /// Twenty equal units a layer have 20!⁴ numberings; forty equal chains have 40!.
  @Test(.timeLimit(.minutes(1))) func symmetryCostsNoTime() throws {
    let shape = try NetworkShape(inputs: 13, hidden: [20, 20, 20, 20], outputs: 8)
    let dense = NetworkParameters.initial(shape: shape, seed: 1).pruned(threshold: 0)
    let other = NetworkParameters.initial(shape: shape, seed: 2).pruned(threshold: 0)
    #expect(dense.structureDescription == other.structureDescription)
    let chains = (0..<40).map { [$0] }
    #expect(
      try network(chains).structureDescription == network(shuffled(chains, seed: 3)).structureDescription)
  }

  @Test func numbersOfTwinsCount() throws {
    #expect(
      try network([[0, 1, 2], [0], [0]]).structureDescription
        != network([[0, 1, 2], [0, 1, 2], [0]]).structureDescription)
  }
}

/// Derivatives against differences of the forward pass.
@Suite struct NetworkJacobianTests {
  @Test(arguments: 0..<10, Activation.allCases)
  func derivativesAreDifferencesOfTheForwardPass(seed: UInt64, activation: Activation) throws {
    let shape = try NetworkShape(
      inputs: 4, hidden: [9, 7], outputs: 3, inputSkip: seed % 2 == 0, activation: activation)
    var parameters = NetworkParameters.initial(shape: shape, seed: seed)
    for l in parameters.layers.indices {
      parameters.layers[l].biases = randomFloats(parameters.layers[l].biases.count, seed: seed + 50)
      parameters.layers[l].weights = parameters.layers[l].weights.map { $0.magnitude < 0.3 ? 0 : $0 }
    }
    // 19 samples: one full block of lanes and a part of the next.
    let samples = randomFloats(19 * 4, seed: seed + 99)
    let (outputs, jacobians) = NetworkJacobian(parameters.pruned(threshold: 0)).evaluated(at: samples)
    #expect(outputs.count == 19 * 3)
    #expect(jacobians.count == 19 * 3 * 4)
    let step: Float = 1e-3
    for sample in 0..<19 {
      let input = Array(samples[sample * 4..<sample * 4 + 4])
      let value = naiveForward(parameters, input)
      for output in 0..<3 { #expect(abs(Double(outputs[sample * 3 + output]) - value[output]) < 1e-4) }
      for column in 0..<4 {
        var (up, down) = (input, input)
        up[column] += step
        down[column] -= step
        let (above, below) = (naiveForward(parameters, up), naiveForward(parameters, down))
        for output in 0..<3 {
          let right = (above[output] - value[output]) / Double(up[column] - input[column])
          let left = (value[output] - below[output]) / Double(input[column] - down[column])
          // Where a kink is near, the two differ, and the derivative is one of many.
          guard abs(right - left) < 1e-3 else { continue }
          let derivative = Double(jacobians[(sample * 3 + output) * 4 + column])
          #expect(abs(derivative - right) < 2e-3)
        }
      }
    }
  }

  @Test func inactiveUnitsPassNothing() throws {
    let parameters = NetworkParameters(
      shape: try NetworkShape(inputs: 1, hidden: [1], outputs: 1),
      layers: [.init(weights: [2], biases: [-2]), .init(weights: [3], biases: [0])])
    let jacobian = NetworkJacobian(parameters.pruned(threshold: 0))
    let (outputs, jacobians) = jacobian.evaluated(at: [0, 1, 2])
    #expect(outputs == [0, 0, 6])
    #expect(jacobians == [0, 0, 6])
  }
}
