import Foundation
import Safetensors
import Testing

@Suite struct RoundTripTests {
  @Test func decodedArchiveIsTheEncodedOne() throws {
    let archive = try sampleArchive()
    let decoded = try TensorArchive(decoding: archive.encoded())
    #expect(decoded == archive)
    #expect(decoded.encoded() == archive.encoded())
    #expect(decoded.metadata == archive.metadata)
    #expect(try decoded.doubles(named: "losses", shape: [2]) == [.pi, .leastNonzeroMagnitude])
    #expect(
      try decoded.floats(named: "weights").map(\.bitPattern)
        == [Float](arrayLiteral: 0, -0.0, 1.5, .infinity, .ulpOfOne, 3).map(\.bitPattern))
    #expect(try decoded.int64s(named: "step", shape: []) == [-7])
    #expect(try decoded.int32s(named: "counts") == [.min])
    #expect(try decoded.uint64s(named: "seed") == [.max])
    #expect(try decoded.uint32s(named: "index") == [.max])
    #expect(try decoded.uint16s(named: "structure") == [1, 65535])
    #expect(try decoded.uint8s(named: "bytes") == [0, 127, 255])
    #expect(try decoded.floats(named: "nothing", shape: [0, 4]) == [])
  }

  @Test func smallFileHasTheseBytes() throws {
    var archive = TensorArchive(metadata: ["b": "2", "a": "1"])
    try archive.add("u", shape: [2], values: [UInt8]([7, 8]))
    try archive.add("f", shape: [1], values: [Float]([1]))
    let header =
      #"{"__metadata__":{"a":"1","b":"2"},"f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
      + #""u":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#
    let padding = String(repeating: " ", count: 184 - header.utf8.count)
    #expect(archive.encoded() == file(header + padding, [0, 0, 0x80, 0x3f, 7, 8]))
  }

  @Test func emptyArchiveIsAValidFile() throws {
    let archive = TensorArchive()
    #expect(archive.encoded() == file("{}" + String(repeating: " ", count: 54)))
    #expect(try TensorArchive(decoding: archive.encoded()) == archive)
  }

  @Test func widestTensorsStandFirstAndTheRestAsAdded() throws {
    #expect(
      try sampleArchive().names
        == ["losses", "step", "seed", "weights", "counts", "index", "nothing", "structure", "bytes"])
  }

  @Test func fileOfTheReferenceImplementationIsRead() throws {
    let archive = try TensorArchive(contentsOf: fixture)
    #expect(archive.metadata == ["made by": "safetensors for Python", "é": "ü \"quoted\"\n"])
    #expect(try archive.floats(named: "weights", shape: [2, 3]) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(
      try archive.doubles(named: "losses").map(\.bitPattern) == [1e-300, -0.0, Double.pi].map(\.bitPattern))
    #expect(try archive.uint16s(named: "indices", shape: [3]) == [0, 1, 65535])
    #expect(try archive.int64s(named: "step", shape: []) == [7])
    #expect(try archive.int32s(named: "empty", shape: [0, 4]) == [])
    #expect(archive["half"] == Tensor(element: .float16, shape: [2], bytes: [0x00, 0x3e, 0x00, 0xc0]))
    #expect(archive["mask"] == Tensor(element: .bool, shape: [3], bytes: [1, 0, 1]))
    #expect(archive.names.count == 7)
  }

  @Test func mappedFileOfTheReferenceImplementationIsRead() throws {
    let mapped = try MappedTensorArchive(fixture)
    #expect(try mapped.withFloats(named: "weights") { Array($0) } == [0, 0.25, 0.5, 0.75, 1, 1.25])
  }

  private var fixture: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/python.safetensors").path
  }
}
