extension TensorArchive {
  /// The elements of an F64 tensor; throws as `values(of:named:shape:)` does.
  package func doubles(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [Double] {
    try values(named: name, shape: shape)
  }

  /// The elements of an F32 tensor; throws as `values(of:named:shape:)` does.
  package func floats(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [Float] {
    try values(named: name, shape: shape)
  }

  /// The elements of an I64 tensor; throws as `values(of:named:shape:)` does.
  package func int64s(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [Int64] {
    try values(named: name, shape: shape)
  }

  /// The elements of an I32 tensor; throws as `values(of:named:shape:)` does.
  package func int32s(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [Int32] {
    try values(named: name, shape: shape)
  }

  /// The elements of a U64 tensor; throws as `values(of:named:shape:)` does.
  package func uint64s(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [UInt64] {
    try values(named: name, shape: shape)
  }

  /// The elements of a U32 tensor; throws as `values(of:named:shape:)` does.
  package func uint32s(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [UInt32] {
    try values(named: name, shape: shape)
  }

  /// The elements of a U16 tensor; throws as `values(of:named:shape:)` does.
  package func uint16s(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [UInt16] {
    try values(named: name, shape: shape)
  }

  /// The elements of a U8 tensor; throws as `values(of:named:shape:)` does.
  package func uint8s(named name: String, shape: [Int]? = nil) throws(SafetensorsError) -> [UInt8] {
    try values(named: name, shape: shape)
  }
}
