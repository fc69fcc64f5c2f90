import TrainingKernels

/// The free parameters of a network in double precision: unit by unit the weights that are not zero, then the bias, of the
/// units that are left. Weights that are zero stay so.
final class FreeParameters {
  /// A parameter's place in the dense network; a bias has no column.
  struct Place: Equatable {
    let layer: Int
    let unit: Int
    let column: Int?
  }

  let shape: NetworkShape
  /// [parameters]
  let places: [Place]
  private let unitStart: AlignedBuffer<Int32>
  private let source: AlignedBuffer<Int32>
  private let value: AlignedBuffer<Double>
  private let units: Int

  /// The parameters of a network. Precondition: units that read nothing or feed nothing are taken out, as by
  /// ``NetworkParameters/thresholded(_:)``.
  init(_ network: NetworkParameters) {
    shape = network.shape
    let layers = shape.layers
    var places: [Place] = []
    var starts: [Int32] = [0]
    var sources: [Int32] = []
    var slotsBelow: [Int: Int32] = [:]
    for (l, layer) in layers.enumerated() {
      var slots: [Int: Int32] = [:]
      for unit in 0..<layer.outputs {
        let row = network.layers[l].weights[unit * layer.columns..<(unit + 1) * layer.columns]
        let isRead = l + 1 == layers.count || Self.isRead(unit, by: network.layers[l + 1], layers[l + 1])
        guard isRead else { continue }
        slots[unit] = Int32(shape.inputs + starts.count - 1)
        for (column, weight) in zip(0..., row) where weight != 0 {
          guard
            let slot = column < layer.hiddenColumns
              ? slotsBelow[column] : Int32(column - layer.hiddenColumns)
          else { continue }
          places.append(Place(layer: l, unit: unit, column: column))
          sources.append(slot)
        }
        places.append(Place(layer: l, unit: unit, column: nil))
        sources.append(-1)
        starts.append(Int32(places.count))
      }
      slotsBelow = slots
    }
    units = starts.count - 1
    let one = Int32(shape.inputs + units)
    self.places = places
    unitStart = AlignedBuffer(count: starts.count)
    source = AlignedBuffer(count: sources.count)
    value = AlignedBuffer(count: sources.count)
    unitStart.copy(from: starts)
    source.copy(from: sources.map { $0 < 0 ? one : $0 })
  }

  private static func isRead(_ unit: Int, by layer: NetworkParameters.Layer, _ shape: LayerShape) -> Bool {
    (0..<shape.outputs).contains { layer.weights[$0 * shape.columns + unit] != 0 }
  }

  var count: Int { places.count }

  /// 1 for each weight of the dense network that is free, layer by layer; 0 for the others.
  var mask: [UInt8] {
    network(Array(repeating: 1, count: count)).layers.flatMap { $0.weights.map { $0 == 0 ? 0 : 1 } }
  }

  /// The parameters of a ``mask``; nil if it has another size.
  convenience init?(shape: NetworkShape, mask: [UInt8]) {
    guard mask.count == shape.weightCount else { return nil }
    var rest = mask[...]
    let layers = shape.layers.map { layer in
      defer { rest = rest.dropFirst(layer.weightCount) }
      return NetworkParameters.Layer(
        weights: rest.prefix(layer.weightCount).map { Float($0) },
        biases: .init(repeating: 0, count: layer.outputs))
    }
    self.init(NetworkParameters(shape: shape, layers: layers))
  }

  /// The parameters' values in a network of this shape.
  func values(in network: NetworkParameters) -> [Double] {
    places.map { place in
      let layer = network.layers[place.layer]
      return Double(
        place.column.map { layer.weights[place.unit * shape.layers[place.layer].columns + $0] }
          ?? layer.biases[place.unit])
    }
  }

  /// The dense network with these values, rounded to float32; other parameters are zero.
  func network(_ values: some Collection<Double>) -> NetworkParameters {
    var layers = shape.layers.map {
      NetworkParameters.Layer(
        weights: .init(repeating: 0, count: $0.weightCount), biases: .init(repeating: 0, count: $0.outputs))
    }
    for (place, value) in zip(places, values) {
      if let column = place.column {
        layers[place.layer].weights[place.unit * shape.layers[place.layer].columns + column] = Float(value)
      } else {
        layers[place.layer].biases[place.unit] = Float(value)
      }
    }
    return NetworkParameters(shape: shape, layers: layers)
  }

  /// The network as the kernels take it, with these values; good until the next call.
  func kernelNetwork(_ values: some Collection<Double>) -> potline_double_network {
    value.copy(from: values)
    return potline_double_network(
      inputs: Int32(shape.inputs), units: Int32(units), outputs: Int32(shape.outputs),
      activation: shape.activation.kernelActivation, unitStart: unitStart.pointer, source: source.pointer,
      value: value.pointer)
  }
}
