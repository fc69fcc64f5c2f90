import TrainingKernels

/// Sets of weights that a penalty removes together.
package enum WeightGroups: String, Codable, Hashable, Sendable, CaseIterable {
  /// For each input of the network, that is each lag of a signal: the weights of all layers that act on it.
  case lag
  /// For each signal: the weights of all layers that act on any of its lags.
  case signal
  /// For each signal and each unit or output: the unit's weights that act on any of the signal's lags.
  case signalOfUnit = "signal-of-unit"
  /// For each hidden unit: the weights into it.
  case unit
}

/// A penalty on the Euclidean norms of groups of weights: whole groups become exactly zero.
///
/// The penalty is weight · sqrt(size of the group) · norm of the group, so that large and small groups are penalised
/// alike. Source: Yuan & Lin, "Model selection and estimation in regression with grouped variables" (2006); with an l1
/// penalty beside it, Simon, Friedman, Hastie, Tibshirani, "A sparse-group lasso" (2013).
package struct GroupPenalty: Codable, Hashable, Sendable {
  /// The groups.
  package var over: WeightGroups
  /// The weight; >= 0.
  package var weight: Double

  /// A penalty of given weight.
  package init(over: WeightGroups, weight: Double) { (self.over, self.weight) = (over, weight) }
}

/// The proximal step of a group penalty in Adam's metric, after Adam's step and the soft threshold of the l1 penalty.
///
/// With Adam's step sizes s = rate / d, d = sqrt(v) + epsilon, a group z becomes the w that minimises
/// sum (w - z)² / 2s + λ |w|: zero if the norm of z d is at most λ rate, else z / (1 + λ s / |w|), |w| being the root of
/// sum (z d)² / (|w| d + λ rate)² = 1, found by Newton's method. After the soft threshold in the same metric it is the proximal
/// step of both penalties together. Plain float64 in a fixed order: the same bits on every host. O(weights in groups).
final class GroupProximalStep {
  /// λ of each group.
  private let limits: [Double]
  /// Of each packed parameter its group; -1: none.
  private let group: [Int32]
  private let starts: AlignedBuffer<Int32>
  private let members: AlignedBuffer<Int32>
  /// Of a group's weights (z d)², and d.
  private let squares: AlignedBuffer<Double>
  private let roots: AlignedBuffer<Double>

  /// The groups of the packed parameters; none at a weight of 0.
  ///
  /// - Parameters:
  ///   - penalty: groups and weight.
  ///   - layout: where the parameters lie.
  ///   - signals: the signal of each input of the network.
  init?(_ penalty: GroupPenalty?, layout: KernelLayout, signals: [Int]) {
    guard let penalty, penalty.weight > 0 else { return nil }
    precondition(signals.count == layout.shape.inputs)
    var group = [Int32](repeating: -1, count: layout.parameterCount)
    var numbers: [GroupKey: Int32] = [:]
    var sizes: [Int] = []
    for (l, layer) in layout.shape.layers.enumerated() {
      for output in 0..<layer.outputs {
        for column in 0..<layer.columns {
          let input = column - layer.hiddenColumns
          guard
            let key = GroupKey(
              penalty.over, layer: l, unit: output, input: input < 0 ? nil : input, signals: signals,
              isHidden: l + 1 < layout.shape.layers.count)
          else { continue }
          let number = numbers[key] ?? Int32(sizes.count)
          if number == sizes.count {
            numbers[key] = number
            sizes.append(0)
          }
          sizes[Int(number)] += 1
          group[layout.index(layer: l, output: output, column: column)] = number
        }
      }
    }
    self.group = group
    limits = sizes.map { penalty.weight * Double($0).squareRoot() }
    let total = sizes.reduce(0, +)
    starts = AlignedBuffer(count: sizes.count + 1)
    members = AlignedBuffer(count: total)
    squares = AlignedBuffer(count: total)
    roots = AlignedBuffer(count: total)
    sort(group.indices.lazy.map { ($0, $0) })
  }

  /// The same groups, for ``select(count:packedIndex:)``.
  init?(_ other: GroupProximalStep?) {
    guard let other else { return nil }
    (limits, group) = (other.limits, other.group)
    starts = AlignedBuffer(count: other.starts.count)
    members = AlignedBuffer(count: other.members.count)
    squares = AlignedBuffer(count: other.members.count)
    roots = AlignedBuffer(count: other.members.count)
  }

  /// Takes `count` parameters in other places: `packedIndex` has the packed parameter of each, -1 where there is none. The
  /// others are zero, which changes no norm. A group's sums run in the packed order, so that they have the same bits
  /// wherever its parameters are. O(packed parameters).
  func select(count: Int, packedIndex: UnsafePointer<Int32>) {
    var places = [Int](repeating: -1, count: group.count)
    for place in 0..<count where packedIndex[place] >= 0 { places[Int(packedIndex[place])] = place }
    sort(places.enumerated().lazy.filter { $1 >= 0 }.map { ($1, $0) })
  }

  /// Sorts parameters, given with their packed places, by group, each group in their order.
  private func sort(_ parameters: some Sequence<(Int, Int)>) {
    for g in 0..<starts.count { starts.pointer[g] = 0 }
    for (_, packed) in parameters where group[packed] >= 0 { starts.pointer[Int(group[packed]) + 1] += 1 }
    for g in limits.indices { starts.pointer[g + 1] += starts.pointer[g] }
    var next = Array(starts.values.prefix(limits.count))
    for (place, packed) in parameters where group[packed] >= 0 {
      let g = Int(group[packed])
      members.pointer[Int(next[g])] = Int32(place)
      next[g] += 1
    }
  }

  /// The step on all groups.
  ///
  /// - Parameters:
  ///   - parameters: the weights after Adam's step.
  ///   - secondMoment: Adam's v.
  ///   - rate: Adam's rate with the corrections of its moments.
  ///   - epsilon: what Adam adds to the root of v.
  func apply(
    to parameters: UnsafeMutablePointer<Float>, secondMoment: UnsafePointer<Float>, rate: Double,
    epsilon: Double
  ) {
    guard rate > 0 else { return }
    let (starts, members) = (starts.pointer, members.pointer)
    let (squares, roots) = (squares.pointer, roots.pointer)
    for (g, limit) in limits.enumerated() {
      let (first, end) = (Int(starts[g]), Int(starts[g + 1]))
      let pull = limit * rate
      var (norm, dual, least) = (0.0, 0.0, Double.infinity)
      for e in first..<end {
        let z = Double(parameters[Int(members[e])])
        let root = Double(secondMoment[Int(members[e])]).squareRoot() + epsilon
        let scaled = z * root
        (squares[e], roots[e]) = (scaled * scaled, root)
        norm += z * z
        dual += scaled * scaled
        least = min(least, root)
      }
      if norm == 0 { continue }
      // Not a number isn't below the limit: it stays, so that the training ends with it.
      if dual <= pull * pull {
        for e in first..<end { parameters[Int(members[e])] = 0 }
        continue
      }
      // From below, where Newton's method on 1 / sqrt(sum) rises to the root without passing it.
      var length = max(0, norm.squareRoot() - pull / least)
      for _ in 0..<50 {
        var (sum, slope) = (0.0, 0.0)
        for e in first..<end {
          let reciprocal = 1 / (length * roots[e] + pull)
          let term = squares[e] * reciprocal * reciprocal
          sum += term
          slope += term * (roots[e] * reciprocal)
        }
        let excess = sum.squareRoot() - 1
        guard excess > 1e-9 else { break }
        length += sum * excess / slope
      }
      for e in first..<end {
        let place = Int(members[e])
        let scaled = length * roots[e]
        parameters[place] = Float(Double(parameters[place]) * (scaled / (scaled + pull)))
      }
    }
  }
}

/// The property that the weights of a group share.
private struct GroupKey: Hashable {
  let layer: Int?
  let unit: Int?
  let input: Int?
  let signal: Int?

  /// The group of a weight; nil: it is in none. `input`: the network's input that it acts on, nil for a hidden unit.
  init?(_ groups: WeightGroups, layer: Int, unit: Int, input: Int?, signals: [Int], isHidden: Bool) {
    switch groups {
    case .lag:
      guard let input else { return nil }
      (self.layer, self.unit, self.input, signal) = (nil, nil, input, nil)
    case .signal:
      guard let input else { return nil }
      (self.layer, self.unit, self.input, signal) = (nil, nil, nil, signals[input])
    case .signalOfUnit:
      guard let input else { return nil }
      (self.layer, self.unit, self.input, signal) = (layer, unit, nil, signals[input])
    case .unit:
      guard isHidden else { return nil }
      (self.layer, self.unit, self.input, signal) = (layer, unit, nil, nil)
    }
  }
}
