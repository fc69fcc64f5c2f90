import TrainingKernels

/// Evaluates a pruned network for many inputs at once, 16 in the lanes of a tile. Not for two threads at once.
package final class SparseEvaluator {
  /// Inputs in a tile.
  @inlinable
  package static var lanes: Int { POTLINE_LANES }

  /// Number of tiles.
  package let tiles: Int
  @usableFromInline let activationRows: Int
  @usableFromInline let outputRow: Int
  private let kernels: Kernels
  private let activation: potline_activation
  private let activations: AlignedBuffer<Float>
  @usableFromInline let firstActivation: UnsafeMutablePointer<Float>
  private let layers: AlignedBuffer<potline_sparse_layer>
  // Keeps the memory that the layers point to.
  private let memory:
    [(starts: AlignedBuffer<Int32>, rows: AlignedBuffer<Int32>, values: AlignedBuffer<Float>)]
  private let biases: [AlignedBuffer<Float>]

  /// An evaluator for up to `capacity` inputs at a time.
  package init(_ network: PrunedNetwork, capacity: Int, kernels: Kernels) {
    tiles = (capacity + Self.lanes - 1) / Self.lanes
    self.kernels = kernels
    activation = network.activation.kernelActivation
    layers = AlignedBuffer(count: network.layers.count)
    var row = network.inputs
    var rowBelow = 0
    var memory: [(starts: AlignedBuffer<Int32>, rows: AlignedBuffer<Int32>, values: AlignedBuffer<Float>)] =
      []
    var biases: [AlignedBuffer<Float>] = []
    for (index, layer) in network.layers.enumerated() {
      let starts = AlignedBuffer<Int32>(count: layer.units + 1)
      let rows = AlignedBuffer<Int32>(count: layer.columns.count)
      let values = AlignedBuffer<Float>(count: layer.weights.count)
      let bias = AlignedBuffer<Float>(count: layer.units)
      starts.copy(from: layer.entryStart.map { Int32($0) })
      rows.copy(
        from: layer.columns.map { column in
          Int(column) < layer.hiddenColumns
            ? Int32(rowBelow + Int(column)) : Int32(Int(column) - layer.hiddenColumns)
        })
      values.copy(from: layer.weights)
      bias.copy(from: layer.biases)
      layers.pointer[index] = potline_sparse_layer(
        outputs: Int32(layer.units), outputStart: Int32(row), rowPointers: starts.pointer,
        sourceRow: rows.pointer, weight: values.pointer, bias: bias.pointer)
      memory.append((starts, rows, values))
      biases.append(bias)
      rowBelow = row
      row += layer.units
    }
    self.memory = memory
    self.biases = biases
    activationRows = row
    outputRow = rowBelow
    activations = AlignedBuffer(count: tiles * activationRows * Self.lanes)
    firstActivation = activations.pointer
  }

  /// The 16 lanes of an input feature in a tile.
  @inlinable
  package func input(_ feature: Int, tile: Int) -> UnsafeMutablePointer<Float> {
    firstActivation + (tile * activationRows + feature) * Self.lanes
  }

  /// The 16 lanes of an output in a tile, after ``evaluate()``.
  @inlinable
  package func output(_ index: Int, tile: Int) -> UnsafePointer<Float> {
    UnsafePointer(firstActivation + (tile * activationRows + outputRow + index) * Self.lanes)
  }

  /// Computes the outputs of all tiles from their inputs. O(weights left x tiles).
  package func evaluate() {
    var arguments = potline_sparse_forward_arguments(
      layers: layers.pointer, layerCount: Int32(layers.count), activation: activation, X: activations.pointer,
      activationRows: Int32(activationRows), tiles: Int32(tiles))
    kernels.table.pointee.sparseForward(&arguments)
  }
}
