import TrainingKernels

/// The weights that a step computes with, by output and by source, as the kernels take them; biases are always among
/// them. The memory is as large as all weights need, so that it can be filled again without a new allocation.
final class ActiveWeights {
  /// By layer.
  let layers: AlignedBuffer<potline_active_layer>
  /// Room for the sums of the kernels, 16 floats a parameter.
  let partialSums: AlignedBuffer<Float>
  /// The network that the rows of the entries refer to; valid once filled.
  var network = potline_network()

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

  /// Room for the weights of a network of this layout, or of a smaller one with as many layers.
  init(room layout: KernelLayout) {
    let shapes = layout.shape.layers
    partialSums = AlignedBuffer(count: layout.parameterCount * POTLINE_LANES)
    sourceRow = AlignedBuffer(count: layout.parameterCount)
    parameter = AlignedBuffer(count: layout.parameterCount)
    output = AlignedBuffer(count: layout.parameterCount)
    sourceParameter = AlignedBuffer(count: layout.parameterCount)
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

  /// Takes the weights whose element of `isActive` (by packed parameter of the layout) is not 0; entries name their
  /// parameters by the packed index. The layout must outlive their use. O(weights).
  func fill(layout: KernelLayout, isActive: UnsafePointer<UInt8>) {
    network = layout.network
    let shapes = layout.shape.layers
    var (byOutput, bySource) = (0, 0)
    for l in shapes.indices.reversed() {
      bySource = fillBySource(l, shapes[l], layout, isActive, from: bySource)
      byOutput = fillByOutput(l, shapes[l], layout, isActive, from: byOutput)
      layers.pointer[l] = potline_active_layer(
        rowPointers: rowPointers[l], sourceRow: sourceRow.pointer, parameter: parameter.pointer,
        bias: biases[l], columnPointers: columnPointers[l], output: output.pointer,
        sourceParameter: sourceParameter.pointer,
        liveSourceCount: Int32(
          (0..<shapes[l].columns).count { columnPointers[l][$0] < columnPointers[l][$0 + 1] }),
        liveUnit: liveUnits[l], liveIndex: liveIndices[l], liveUnitCount: fillLiveUnits(l, shapes[l]),
        mask: nil)
    }
  }

  /// Names the parameters of all entries and biases by their element of `numbers` instead of by their packed index.
  func renumber(_ numbers: UnsafePointer<Int32>, outputs: [Int]) {
    for l in outputs.indices {
      let (rows, columns) = (rowPointers[l], layers.pointer[l])
      for e in Int(rows[0])..<Int(rows[outputs[l]]) {
        parameter.pointer[e] = numbers[Int(parameter.pointer[e])]
      }
      for e in Int(columns.columnPointers[0])..<Int(columns.columnPointers[sourceCount(l)]) {
        sourceParameter.pointer[e] = numbers[Int(sourceParameter.pointer[e])]
      }
      for unit in 0..<outputs[l] { biases[l][unit] = numbers[Int(biases[l][unit])] }
    }
  }

  private func sourceCount(_ l: Int) -> Int {
    let layer = network.layers[l]
    return Int(layer.hiddenRows + layer.inputRows)
  }

  /// A unit that no other reads has a delta of zero and is left out, so that a unit read only by such is unread, too.
  private func fillBySource(
    _ l: Int, _ shape: LayerShape, _ layout: KernelLayout, _ isActive: UnsafePointer<UInt8>, from first: Int
  ) -> Int {
    let place = layout.place(ofLayer: l)
    let start = columnPointers[l]
    var filled = first
    for source in 0..<shape.columns {
      start[source] = Int32(filled)
      let row = place.parameterStart + source * place.paddedOutputs
      for unit in 0..<shape.outputs where isActive[row + unit] != 0 && isLive(unit, ofLayer: l) {
        output.pointer[filled] = Int32(unit)
        sourceParameter.pointer[filled] = Int32(row + unit)
        filled += 1
      }
    }
    start[shape.columns] = Int32(filled)
    return filled
  }

  private func fillByOutput(
    _ l: Int, _ shape: LayerShape, _ layout: KernelLayout, _ isActive: UnsafePointer<UInt8>, from first: Int
  ) -> Int {
    let place = layout.place(ofLayer: l)
    var filled = first
    for unit in 0..<shape.outputs {
      rowPointers[l][unit] = Int32(filled)
      var index = place.parameterStart + unit
      for column in 0..<shape.columns {
        if isActive[index] != 0 {
          sourceRow.pointer[filled] = Int32(
            column < shape.hiddenColumns ? place.hiddenStart + column : column - shape.hiddenColumns)
          parameter.pointer[filled] = Int32(index)
          filled += 1
        }
        index += place.paddedOutputs
      }
      biases[l][unit] = Int32(index)
    }
    rowPointers[l][shape.outputs] = Int32(filled)
    return filled
  }

  private func fillLiveUnits(_ l: Int, _ shape: LayerShape) -> Int32 {
    var filled = 0
    for unit in 0..<shape.outputs where isLive(unit, ofLayer: l) {
      liveUnits[l][filled] = Int32(unit)
      liveIndices[l][unit] = Int32(filled)
      filled += 1
    }
    return Int32(filled)
  }

  private func isLive(_ unit: Int, ofLayer l: Int) -> Bool {
    l + 1 == columnPointers.count || columnPointers[l + 1][unit] < columnPointers[l + 1][unit + 1]
  }
}
