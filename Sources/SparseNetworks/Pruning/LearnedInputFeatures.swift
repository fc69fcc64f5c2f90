extension PrunedNetwork {
  /// For each output, which inputs it can be reached from through the weights left: its learned input features.
  /// [outputs][inputs]; O(weights x inputs).
  package var learnedInputFeatures: [[Bool]] {
    var below: [[Bool]] = []
    for layer in layers {
      below = (0..<layer.units).map { unit in
        var reached = Array(repeating: false, count: inputs)
        for (column, _) in layer.entries(ofUnit: unit) {
          let column = Int(column)
          if column >= layer.hiddenColumns {
            reached[column - layer.hiddenColumns] = true
          } else {
            for input in 0..<inputs where below[column][input] { reached[input] = true }
          }
        }
        return reached
      }
    }
    return below
  }
}
