import Safetensors
import Testing

@Suite struct MappedTensorArchiveTests {
  @Test func lendsWhatWasWritten() throws {
    try withTemporaryFolder { folder in
      let archive = try sampleArchive()
      try archive.write(to: "\(folder)/sample.safetensors")
      let mapped = try MappedTensorArchive("\(folder)/sample.safetensors")
      #expect(mapped.names == archive.names)
      #expect(mapped.metadata == archive.metadata)
      #expect(mapped.shape(of: "weights") == [2, 3])
      #expect(mapped.element(of: "weights") == .float32)
      #expect(mapped.shape(of: "absent") == nil)
      #expect(try mapped.withDoubles(named: "losses") { Array($0) } == [.pi, .leastNonzeroMagnitude])
      #expect(try mapped.withFloats(named: "weights") { $0[4] } == .ulpOfOne)
      #expect(try mapped.withFloats(named: "nothing") { $0.count } == 0)
      #expect(try mapped.withValues(of: UInt16.self, named: "structure") { Array($0) } == [1, 65535])
    }
  }

  @Test func dataBeginsAtAMultipleOf64Bytes() throws {
    try withTemporaryFolder { folder in
      for length in 0..<70 {
        var archive = TensorArchive(metadata: ["note": String(repeating: "x", count: length)])
        try archive.add("data", shape: [1], values: [Double]([1]))
        try archive.write(to: "\(folder)/a.safetensors")
        let address = try MappedTensorArchive("\(folder)/a.safetensors").withDoubles(named: "data") {
          Int(bitPattern: $0.baseAddress)
        }
        #expect(address % 64 == 0)
      }
    }
  }

  @Test func replacingTheFileLeavesAMappingIntact() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      var archive = TensorArchive()
      try archive.add("data", shape: [2], values: [Float]([1, 2]))
      try archive.write(to: path)
      let old = try MappedTensorArchive(path)
      try TensorArchive().write(to: path)
      #expect(try old.withFloats(named: "data") { Array($0) } == [1, 2])
      #expect(try MappedTensorArchive(path).names.isEmpty)
    }
  }

  @Test func misuseNamesFileAndTensor() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      try sampleArchive().write(to: path)
      let mapped = try MappedTensorArchive(path)
      let other = #expect(throws: SafetensorsError.self) {
        try mapped.withDoubles(named: "weights") { $0.count }
      }
      #expect(other?.description == "\(path): tensor “weights”: is F32, not F64")
      let missing = #expect(throws: SafetensorsError.self) { try mapped.withDoubles(named: "x") { $0.count } }
      #expect(missing?.tensor == "x")
    }
  }

  @Test func tensorThatIsNotAlignedIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/odd.safetensors"
      try write(
        file(#"{"f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#, [0, 0, 128, 63]), to: path)
      let start = 8 + 56
      try #require(start % 4 == 0)
      #expect(try MappedTensorArchive(path).withFloats(named: "f") { Array($0) } == [1])
      try write(file(#"{"f":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} "#, [0, 0, 128, 63]), to: path)
      let error = #expect(throws: SafetensorsError.self) {
        try MappedTensorArchive(path).withFloats(named: "f") { $0.count }
      }
      #expect(error?.problem.contains("63") == true)
      #expect(try TensorArchive(contentsOf: path).floats(named: "f") == [1], "reading copies")
    }
  }
}
