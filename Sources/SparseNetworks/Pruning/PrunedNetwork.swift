/// A network of which only the weights that matter are left, row by row.
///
/// It is a feed-forward network like the dense one; a hidden layer may have lost units, even all of them.
package struct PrunedNetwork: Equatable, Sendable {
  /// One layer: for each of its units a bias and the weights left.
  package struct Layer: Equatable, Sendable {
    /// Columns that read the previous hidden layer's units; they come first.
    package let hiddenColumns: Int
    /// Columns that read the network's input: its width or 0.
    package let inputColumns: Int
    /// [units + 1]: unit u has the entries entryStart[u] ..< entryStart[u + 1].
    package let entryStart: [Int]
    /// [entries]: column of each weight left, ascending within a unit.
    package let columns: [UInt16]
    /// [entries]: the weights left.
    package let weights: [Float]
    /// [units]
    package let biases: [Float]

    /// Number of units.
    package var units: Int { biases.count }

    /// The entries of a unit: (column, weight).
    package func entries(ofUnit unit: Int) -> Zip2Sequence<ArraySlice<UInt16>, ArraySlice<Float>> {
      let range = entryStart[unit]..<entryStart[unit + 1]
      return zip(columns[range], weights[range])
    }
  }

  /// Width of the network's input.
  package let inputs: Int
  /// The function of the hidden units.
  package let activation: Activation
  /// The layers, first to last.
  package let layers: [Layer]

  /// Width of the network's output.
  package var outputs: Int { layers.last?.units ?? 0 }
  /// Number of weights left, biases not counted.
  package var weightCount: Int { layers.reduce(0) { $0 + $1.weights.count } }
  /// Number of units left in each hidden layer.
  package var hiddenUnits: [Int] { layers.dropLast().map(\.units) }
  /// Number of biases.
  package var biasCount: Int { layers.reduce(0) { $0 + $1.units } }

  /// Bytes of all values and indices as stored: 4 a weight and bias, 2 a column, 4 a row start.
  package var storedBytes: Int {
    layers.reduce(0) { $0 + 6 * $1.weights.count + 4 * $1.units + 4 * ($1.units + 1) }
  }
}

extension NetworkShape {
  /// Bytes of a dense network's float32 weights and biases.
  package var denseBytes: Int { 4 * (weightCount + biasCount) }
}

extension PrunedNetwork.Layer {
  /// A layer from rows of (column, weight), columns ascending.
  init(hiddenColumns: Int, inputColumns: Int, rows: [[(column: Int, weight: Float)]], biases: [Float]) {
    var starts = [0]
    for row in rows { starts.append(starts[starts.count - 1] + row.count) }
    self.hiddenColumns = hiddenColumns
    self.inputColumns = inputColumns
    entryStart = starts
    columns = rows.flatMap { $0.map { UInt16($0.column) } }
    weights = rows.flatMap { $0.map(\.weight) }
    self.biases = biases
  }
}
