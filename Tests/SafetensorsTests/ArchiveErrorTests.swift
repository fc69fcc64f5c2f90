import Safetensors
import Testing

@Suite struct ArchiveErrorTests {
  @Test func wrongUseNamesTheTensorAndWhatIsWrong() throws {
    let archive = try TensorArchive(decoding: sampleArchive().encoded(), source: "cell.safetensors")
    expect("cell.safetensors: tensor “weights”: is F32, not F64") { try archive.doubles(named: "weights") }
    expect("cell.safetensors: tensor “weights”: has the shape [2, 3], not [3, 2]") {
      try archive.floats(named: "weights", shape: [3, 2])
    }
    expect(
      """
      cell.safetensors: tensor “bias”: is missing; there are bytes, counts, index, losses, nothing, seed, step, \
      structure, weights
      """
    ) { try archive.floats(named: "bias") }
    expect("new tensor archive: tensor “x”: is missing; there are none") {
      try TensorArchive().floats(named: "x")
    }
  }

  @Test func addingRefusesWhatTheFormatForbids() throws {
    var archive = TensorArchive()
    try archive.add("a", shape: [], values: [Float]([1]))
    expect("new tensor archive: tensor “a”: is there already") {
      try archive.add("a", shape: [], values: [1.0])
    }
    expect("new tensor archive: tensor “__metadata__”: the format keeps this name for itself") {
      try archive.add("__metadata__", shape: [], values: [1.0])
    }
    for shape in [[3], [1, 3], [-1, -2], [Int.max, 2], []] {
      expect("new tensor archive: tensor “b”: 2 values don't fill the shape \(shape)") {
        try archive.add("b", shape: shape, values: [1.0, 2.0])
      }
    }
    #expect(archive.names == ["a"])
  }

  @Test func fileThatCannotBeReadIsNamed() {
    for path in ["/nowhere", "/", "/dev/null"] {
      let error = #expect(throws: SafetensorsError.self) { try TensorArchive(contentsOf: path) }
      #expect(error?.source == path)
    }
  }

  private func expect(_ description: String, _ body: () throws -> Any) {
    let error = #expect(throws: SafetensorsError.self) { _ = try body() }
    #expect(error?.description == description)
  }
}
