import TrainingKernels

/// How a step computes a layer of which only some weights are active. Both methods give the same bits.
enum LayerMethod: Equatable {
  /// Entry by entry: a multiply-add costs about twice that of a dense layer, but only active weights cost one.
  case sparse
  /// With all weights of its live units, in register blocks.
  case dense
}

/// The network that a mask leaves, as the kernels take it: without the units that no active weight reads, each layer
/// sparse or dense.
///
/// It has a numbering of its own for the parameters. First come those of sparse layers, in the order in which the kernels
/// give their gradients; then those that have no gradient because no unit reads theirs; then each dense layer, packed, from
/// a multiple of 16 on, with room for weights that are not active.
final class MaskedNetwork {
  /// The number of parameters; a multiple of 16.
  private(set) var parameterCount = 0
  /// Weights and biases that are active.
  private(set) var activeCount = 0
  /// For each parameter its index in the packed parameters of the whole network; -1: it is none of them, and stays zero.
  let packedIndex: AlignedBuffer<Int32>
  /// The entries for the kernels.
  let weights: ActiveWeights
  /// The methods that the last filling was for, by layer.
  private(set) var methods: [LayerMethod]

  private let whole: KernelLayout
  /// The layout of the live units alone.
  private var live: KernelLayout
  private let kernelLayers: AlignedBuffer<potline_layer>
  private let masks: AlignedBuffer<UInt32>
  /// By packed parameter of the live layout.
  private let isActiveInLive: AlignedBuffer<UInt8>
  private let indexInWhole: AlignedBuffer<Int32>
  private let numbers: AlignedBuffer<Int32>
  /// By packed parameter of the whole network: whether the live layout has it.
  private let isInLive: AlignedBuffer<UInt8>

  init(layout: KernelLayout) {
    whole = layout
    live = layout
    methods = layout.shape.layers.map { _ in .sparse }
    // A dense layer begins at a multiple of 16.
    let room = layout.parameterCount + (methods.count + 1) * POTLINE_LANES
    packedIndex = AlignedBuffer(count: room)
    masks = AlignedBuffer(count: room)
    weights = ActiveWeights(room: layout)
    kernelLayers = AlignedBuffer(count: methods.count)
    isActiveInLive = AlignedBuffer(count: layout.parameterCount)
    indexInWhole = AlignedBuffer(count: layout.parameterCount)
    numbers = AlignedBuffer(count: layout.parameterCount)
    isInLive = AlignedBuffer(count: layout.parameterCount)
  }

  /// Most parameters that a filling can have.
  var capacity: Int { packedIndex.count }

  /// Takes the weights whose element of `isActive` (by packed parameter of the whole network) is not 0, and all biases.
  /// O(weights).
  func fill(isActive: UnsafePointer<UInt8>, methods: [LayerMethod]) {
    self.methods = methods
    takeLiveUnits(isActive)
    weights.fill(layout: live, isActive: isActiveInLive.pointer)
    for k in 0..<live.parameterCount { numbers.pointer[k] = -1 }
    parameterCount = 0
    activeCount = 0
    numberGradients()
    numberRest(isActive)
    for k in parameterCount..<packedIndex.count { packedIndex.pointer[k] = -1 }
    weights.renumber(numbers.pointer, outputs: live.shape.layers.map(\.outputs))
    roundUp()
    for l in methods.indices {
      kernelLayers.pointer[l] = live.network.layers[l]
      if methods[l] == .dense { placeDense(l) }
    }
    weights.network = live.network
    weights.network.layers = UnsafePointer(kernelLayers.pointer)
    weights.network.parameterCount = Int32(parameterCount)
  }

  // MARK: Live units

  private func takeLiveUnits(_ isActive: UnsafePointer<UInt8>) {
    let shapes = whole.shape.layers
    var units = shapes.map { Array(0..<$0.outputs) }
    for l in shapes.indices.dropFirst().reversed() {
      let place = whole.place(ofLayer: l)
      units[l - 1] = units[l].withUnsafeBufferPointer { readers in
        (0..<shapes[l].hiddenColumns).filter { source in
          let row = isActive + place.parameterStart + source * place.paddedOutputs
          return readers.contains { row[$0] != 0 }
        }
      }
    }
    live = KernelLayout(shape: whole.shape.withHidden(units.dropLast().map(\.count)))
    for k in 0..<whole.parameterCount { isInLive.pointer[k] = 0 }
    for k in 0..<live.parameterCount {
      isActiveInLive.pointer[k] = 0
      indexInWhole.pointer[k] = -1
    }
    for (l, shape) in shapes.enumerated() {
      let sources = (l == 0 ? [] : units[l - 1]) + (shape.hiddenColumns...shape.columns)
      let (place, livePlace) = (whole.place(ofLayer: l), live.place(ofLayer: l))
      for (row, source) in sources.enumerated() {
        let from = place.parameterStart + source * place.paddedOutputs
        let to = livePlace.parameterStart + row * livePlace.paddedOutputs
        for (k, unit) in units[l].enumerated() {
          isInLive.pointer[from + unit] = 1
          indexInWhole.pointer[to + k] = Int32(from + unit)
          isActiveInLive.pointer[to + k] = source == shape.columns ? 1 : isActive[from + unit]
        }
      }
    }
  }

  // MARK: Numbers

  /// In the order of `POTLINE_GRADIENT_ACTIVE`.
  private func numberGradients() {
    for l in methods.indices.reversed() where methods[l] == .sparse {
      let (layer, shape) = (weights.layers.pointer[l], live.shape.layers[l])
      if l + 1 == methods.count || methods[l + 1] == .dense {
        for unit in 0..<shape.outputs { take(bias(unit, ofLayer: l)) }
      }
      for source in 0..<shape.columns {
        let entries = Int(layer.columnPointers[source])..<Int(layer.columnPointers[source + 1])
        for e in entries { take(Int(layer.sourceParameter[e])) }
        if source < shape.hiddenColumns, methods[l - 1] == .sparse { take(bias(source, ofLayer: l - 1)) }
      }
    }
  }

  /// Active weights into units that are not live, and the biases of these.
  private func numberRest(_ isActive: UnsafePointer<UInt8>) {
    for (l, shape) in whole.shape.layers.enumerated() {
      let place = whole.place(ofLayer: l)
      for source in 0...shape.columns {
        let row = place.parameterStart + source * place.paddedOutputs
        for k in row..<row + shape.outputs
        where isInLive.pointer[k] == 0 && (source == shape.columns || isActive[k] != 0) {
          append(Int32(k))
        }
      }
    }
  }

  private func take(_ packedInLive: Int) {
    numbers.pointer[packedInLive] = Int32(parameterCount)
    append(indexInWhole.pointer[packedInLive])
  }

  private func append(_ packed: Int32) {
    packedIndex.pointer[parameterCount] = packed
    parameterCount += 1
    activeCount += 1
  }

  private func bias(_ unit: Int, ofLayer l: Int) -> Int {
    live.index(layer: l, output: unit, column: live.shape.layers[l].columns)
  }

  // MARK: Dense layers

  private func placeDense(_ l: Int) {
    let (place, shape) = (live.place(ofLayer: l), live.shape.layers[l])
    let first = parameterCount
    for k in 0..<(shape.columns + 1) * place.paddedOutputs {
      let isActive = isActiveInLive.pointer[place.parameterStart + k] != 0
      masks.pointer[first + k] = isActive ? .max : 0
      packedIndex.pointer[first + k] = isActive ? indexInWhole.pointer[place.parameterStart + k] : -1
      activeCount += isActive ? 1 : 0
    }
    kernelLayers.pointer[l].parameterStart = Int32(first)
    weights.layers.pointer[l].mask = UnsafePointer(masks.pointer + first)
    parameterCount += (shape.columns + 1) * place.paddedOutputs
    roundUp()
  }

  private func roundUp() {
    parameterCount = (parameterCount + POTLINE_LANES - 1) / POTLINE_LANES * POTLINE_LANES
  }
}
