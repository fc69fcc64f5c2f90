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
    for (l, shape) in shapes.enumerated() {
      layers.pointer[l] = potline_active_layer(
        outputEntries: at, sourceRow: sourceRow.pointer, parameter: parameter.pointer,
        hiddenEntries: at + shape.outputs + 1, deltaRow: deltaRow.pointer, hiddenParameter: hiddenParameter.pointer)
      at += shape.outputs + 1 + shape.hiddenColumns + 1
    }
  }

  /// Takes the weights whose element of `isActive` (by packed parameter) is not 0. O(weights).
  func fill(isActive: UnsafePointer<UInt8>) {
    var byOutput = 0
    var bySource = 0
    var start = starts.pointer
    for (l, shape) in layout.shape.layers.enumerated() {
      let place = layout.place(ofLayer: l)
      for output in 0..<shape.outputs {
        start[output] = Int32(byOutput)
        for column in 0...shape.columns {
          let index = place.parameterStart + column * place.paddedOutputs + output
          guard column == shape.columns || isActive[index] != 0 else { continue }
          sourceRow.pointer[byOutput] = Int32(
            column == shape.columns
              ? layout.shape.inputs
              : column < shape.hiddenColumns ? place.hiddenStart + column : column - shape.hiddenColumns)
          packedIndex.pointer[byOutput] = Int32(index)
          parameter.pointer[byOutput] = Int32(numbering == .packed ? index : byOutput)
          entry.pointer[index] = parameter.pointer[byOutput]
          byOutput += 1
        }
      }
      start[shape.outputs] = Int32(byOutput)
      start += shape.outputs + 1
      for source in 0..<shape.hiddenColumns {
        start[source] = Int32(bySource)
        let row = place.parameterStart + source * place.paddedOutputs
        for output in 0..<shape.outputs where isActive[row + output] != 0 {
          deltaRow.pointer[bySource] = Int32(place.deltaStart + output)
          hiddenParameter.pointer[bySource] = entry.pointer[row + output]
          bySource += 1
        }
      }
      start[shape.hiddenColumns] = Int32(bySource)
      start += shape.hiddenColumns + 1
    }
    count = byOutput
  }
}
