import TrainingKernels

/// The weights that a step computes with, by output and by source, as the kernels take them; biases are always among
/// them. The memory is as large as all weights need, so that it can be filled again without a new allocation.
final class ActiveWeights {
  /// How the entries name their parameters.
  enum Numbering {
    /// By their place in the packed parameters.
    case packed
    /// One after the other in the order in which the kernels give their gradients, parameters of active weights only.
    case compact
  }

  /// Number of active weights and biases.
  private(set) var count = 0
  /// The packed parameter of each compact one.
  let packedIndex: AlignedBuffer<Int32>
  let layers: AlignedBuffer<potline_active_layer>
  /// Room for the sums of the kernels, 16 floats a parameter.
  let partialSums: AlignedBuffer<Float>

  private let layout: KernelLayout
  private let numbering: Numbering
  private let sourceRow: AlignedBuffer<Int32>
  private let parameter: AlignedBuffer<Int32>
  private let output: AlignedBuffer<Int32>
  private let sourceParameter: AlignedBuffer<Int32>
  private let starts: AlignedBuffer<Int32>
  private let rowPointers: [UnsafeMutablePointer<Int32>]
  private let columnPointers: [UnsafeMutablePointer<Int32>]
  private let biases: [UnsafeMutablePointer<Int32>]
  private let liveUnits: [UnsafeMutablePointer<Int32>]
  private let liveIndices: [UnsafeMutablePointer<Int32>]
  /// The number of a packed parameter; -1 for one that has none yet.
  private let number: AlignedBuffer<Int32>

  init(layout: KernelLayout, numbering: Numbering) {
    self.layout = layout
    self.numbering = numbering
    let shapes = layout.shape.layers
    packedIndex = AlignedBuffer(count: layout.parameterCount)
    partialSums = AlignedBuffer(count: layout.parameterCount * POTLINE_LANES)
    sourceRow = AlignedBuffer(count: layout.parameterCount)
    parameter = AlignedBuffer(count: layout.parameterCount)
    output = AlignedBuffer(count: layout.parameterCount)
    sourceParameter = AlignedBuffer(count: layout.parameterCount)
    number = AlignedBuffer(count: layout.parameterCount)
    starts = AlignedBuffer(count: shapes.reduce(0) { $0 + 4 * $1.outputs + $1.columns + 2 })
    layers = AlignedBuffer(count: shapes.count)
    var at = starts.pointer
    var starts: [[UnsafeMutablePointer<Int32>]] = Array(repeating: [], count: 5)
    for shape in shapes {
      let lengths = [shape.outputs + 1, shape.columns + 1, shape.outputs, shape.outputs, shape.outputs]
      for (list, length) in lengths.enumerated() {
        starts[list].append(at)
        at += length
      }
    }
    (rowPointers, columnPointers, biases) = (starts[0], starts[1], starts[2])
    (liveUnits, liveIndices) = (starts[3], starts[4])
  }

  /// Takes the weights whose element of `isActive` (by packed parameter) is not 0. O(weights).
  func fill(isActive: UnsafePointer<UInt8>) {
    count = 0
    for k in 0..<number.count { number.pointer[k] = -1 }
    var filled = 0
    let last = layout.shape.layers.count - 1
    for output in 0..<layout.shape.outputs { take(bias(output, ofLayer: last)) }
    for l in layout.shape.layers.indices.reversed() { filled = fillBySource(l, isActive, from: filled) }
    filled = 0
    for l in layout.shape.layers.indices { filled = fillByOutput(l, isActive, from: filled) }
    for l in layout.shape.layers.indices {
      layers.pointer[l] = potline_active_layer(
        rowPointers: rowPointers[l], sourceRow: sourceRow.pointer, parameter: parameter.pointer,
        bias: biases[l], columnPointers: columnPointers[l], output: output.pointer,
        sourceParameter: sourceParameter.pointer, liveSourceCount: Int32(liveSourceCount(ofLayer: l)),
        liveUnit: liveUnits[l],
        liveIndex: liveIndices[l], liveUnitCount: fillLiveUnits(l))
    }
  }

  /// A unit that no other reads has a delta of zero and is left out, so that a unit read only by such is unread, too.
  private func fillBySource(_ l: Int, _ isActive: UnsafePointer<UInt8>, from first: Int) -> Int {
    let shape = layout.shape.layers[l]
    let place = layout.place(ofLayer: l)
    let start = columnPointers[l]
    var filled = first
    for source in 0..<shape.columns {
      start[source] = Int32(filled)
      let row = place.parameterStart + source * place.paddedOutputs
      for unit in 0..<shape.outputs where isActive[row + unit] != 0 && isLive(unit, ofLayer: l) {
        output.pointer[filled] = Int32(unit)
        sourceParameter.pointer[filled] = take(row + unit)
        filled += 1
      }
      if source < shape.hiddenColumns, filled > start[source] { take(bias(source, ofLayer: l - 1)) }
    }
    start[shape.columns] = Int32(filled)
    return filled
  }

  private func fillByOutput(_ l: Int, _ isActive: UnsafePointer<UInt8>, from first: Int) -> Int {
    let shape = layout.shape.layers[l]
    let place = layout.place(ofLayer: l)
    var filled = first
    for unit in 0..<shape.outputs {
      rowPointers[l][unit] = Int32(filled)
      for column in 0..<shape.columns {
        let index = place.parameterStart + column * place.paddedOutputs + unit
        guard isActive[index] != 0 else { continue }
        sourceRow.pointer[filled] = Int32(
          column < shape.hiddenColumns ? place.hiddenStart + column : column - shape.hiddenColumns)
        parameter.pointer[filled] = take(index)
        filled += 1
      }
      biases[l][unit] = take(bias(unit, ofLayer: l))
    }
    rowPointers[l][shape.outputs] = Int32(filled)
    return filled
  }

  /// The number of a packed parameter; those that are asked for first come first.
  @discardableResult
  private func take(_ packed: Int) -> Int32 {
    if number.pointer[packed] < 0 {
      number.pointer[packed] = Int32(numbering == .packed ? packed : count)
      packedIndex.pointer[count] = Int32(packed)
      count += 1
    }
    return number.pointer[packed]
  }

  private func bias(_ unit: Int, ofLayer l: Int) -> Int {
    layout.index(layer: l, output: unit, column: layout.shape.layers[l].columns)
  }

  private func fillLiveUnits(_ l: Int) -> Int32 {
    var filled = 0
    for unit in 0..<layout.shape.layers[l].outputs where isLive(unit, ofLayer: l) {
      liveUnits[l][filled] = Int32(unit)
      liveIndices[l][unit] = Int32(filled)
      filled += 1
    }
    return Int32(filled)
  }

  private func liveSourceCount(ofLayer l: Int) -> Int {
    (0..<layout.shape.layers[l].columns).count { columnPointers[l][$0] < columnPointers[l][$0 + 1] }
  }

  private func isLive(_ unit: Int, ofLayer l: Int) -> Bool {
    l + 1 == columnPointers.count || columnPointers[l + 1][unit] < columnPointers[l + 1][unit + 1]
  }
}
