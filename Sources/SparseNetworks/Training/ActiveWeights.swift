import TrainingKernels

/// The weights that a step computes with, by output and by hidden source, as the kernels take them; biases are always
/// among them. The memory is as large as all weights need, so that it can be filled again without a new allocation.
final class ActiveWeights {
  /// How the entries name their parameters.
  enum Numbering {
    /// By their place in the packed parameters.
    case packed
    /// By their own order: parameters of active weights only, one after the other.
    case compact
  }

  /// Number of active weights and biases.
  private(set) var count = 0
  /// The packed parameter of each entry by output.
  let packedIndex: AlignedBuffer<Int32>
  let layers: AlignedBuffer<potline_active_layer>

  private let layout: KernelLayout
  private let numbering: Numbering
  private let sourceRow: AlignedBuffer<Int32>
  private let parameter: AlignedBuffer<Int32>
  private let deltaRow: AlignedBuffer<Int32>
  private let hiddenParameter: AlignedBuffer<Int32>
  private let starts: AlignedBuffer<Int32>
  private let outputStarts: [UnsafeMutablePointer<Int32>]
  private let hiddenStarts: [UnsafeMutablePointer<Int32>]
  /// The entry of a packed parameter.
  private let entry: AlignedBuffer<Int32>

  init(layout: KernelLayout, numbering: Numbering) {
    self.layout = layout
    self.numbering = numbering
    let shapes = layout.shape.layers
    packedIndex = AlignedBuffer(count: layout.parameterCount)
    sourceRow = AlignedBuffer(count: layout.parameterCount)
    parameter = AlignedBuffer(count: layout.parameterCount)
    deltaRow = AlignedBuffer(count: layout.parameterCount)
    hiddenParameter = AlignedBuffer(count: layout.parameterCount)
    entry = AlignedBuffer(count: layout.parameterCount)
    starts = AlignedBuffer(count: shapes.reduce(0) { $0 + $1.outputs + 1 + $1.hiddenColumns + 1 })
    layers = AlignedBuffer(count: shapes.count)
    var at = starts.pointer
    var outputStarts: [UnsafeMutablePointer<Int32>] = []
    var hiddenStarts: [UnsafeMutablePointer<Int32>] = []
    for (l, shape) in shapes.enumerated() {
      outputStarts.append(at)
      hiddenStarts.append(at + shape.outputs + 1)
      layers.pointer[l] = potline_active_layer(
        outputEntries: outputStarts[l], sourceRow: sourceRow.pointer, parameter: parameter.pointer,
        hiddenEntries: hiddenStarts[l], deltaRow: deltaRow.pointer, hiddenParameter: hiddenParameter.pointer)
      at += shape.outputs + 1 + shape.hiddenColumns + 1
    }
    (self.outputStarts, self.hiddenStarts) = (outputStarts, hiddenStarts)
  }

  /// Takes the weights whose element of `isActive` (by packed parameter) is not 0. O(weights).
  func fill(isActive: UnsafePointer<UInt8>) {
    count = 0
    for l in layout.shape.layers.indices { fillByOutput(l, isActive) }
    var filled = 0
    for l in layout.shape.layers.indices.reversed() { filled = fillBySource(l, isActive, from: filled) }
  }

  private func fillByOutput(_ l: Int, _ isActive: UnsafePointer<UInt8>) {
    let shape = layout.shape.layers[l]
    let place = layout.place(ofLayer: l)
    let start = outputStarts[l]
    for output in 0..<shape.outputs {
      start[output] = Int32(count)
      for column in 0...shape.columns {
        let index = place.parameterStart + column * place.paddedOutputs + output
        guard column == shape.columns || isActive[index] != 0 else { continue }
        sourceRow.pointer[count] = Int32(
          column == shape.columns
            ? layout.shape.inputs
            : column < shape.hiddenColumns ? place.hiddenStart + column : column - shape.hiddenColumns)
        packedIndex.pointer[count] = Int32(index)
        parameter.pointer[count] = Int32(numbering == .packed ? index : count)
        entry.pointer[index] = parameter.pointer[count]
        count += 1
      }
    }
    start[shape.outputs] = Int32(count)
  }

  /// A unit that no other reads has a delta of zero and is left out, so that a unit read only by such is unread, too.
  private func fillBySource(_ l: Int, _ isActive: UnsafePointer<UInt8>, from first: Int) -> Int {
    let shape = layout.shape.layers[l]
    let place = layout.place(ofLayer: l)
    let start = hiddenStarts[l]
    var filled = first
    for source in 0..<shape.hiddenColumns {
      start[source] = Int32(filled)
      let row = place.parameterStart + source * place.paddedOutputs
      for output in 0..<shape.outputs where isActive[row + output] != 0 && isRead(output, ofLayer: l) {
        deltaRow.pointer[filled] = Int32(place.deltaStart + output)
        hiddenParameter.pointer[filled] = entry.pointer[row + output]
        filled += 1
      }
    }
    start[shape.hiddenColumns] = Int32(filled)
    return filled
  }

  private func isRead(_ unit: Int, ofLayer l: Int) -> Bool {
    l + 1 == hiddenStarts.count || hiddenStarts[l + 1][unit] < hiddenStarts[l + 1][unit + 1]
  }
}
