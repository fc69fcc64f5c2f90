/// A multidimensional array as the format stores it.
package struct Tensor: Hashable, Sendable {
  /// The type of the elements.
  package let element: TensorElement

  /// The extent of each dimension, the slowest first; empty for a scalar.
  package let shape: [Int]

  /// The elements in row-major order, little-endian.
  package let bytes: [UInt8]

  /// A tensor of raw bytes, or nil if their number isn't that of `shape`.
  package init?(element: TensorElement, shape: [Int], bytes: [UInt8]) {
    guard tensorByteCount(element, shape) == bytes.count else { return nil }
    self.element = element
    self.shape = shape
    self.bytes = bytes
  }

  /// A tensor of `values` in row-major order, or nil if their number isn't that of `shape`.
  package init?<Scalar: TensorScalar>(shape: [Int], values: [Scalar]) {
    self.init(element: Scalar.tensorElement, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// The elements in row-major order, or nil if they are of another type.
  package func values<Scalar: TensorScalar>(of type: Scalar.Type = Scalar.self) -> [Scalar]? {
    guard element == Scalar.tensorElement else { return nil }
    let count = bytes.count / element.byteCount
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }
}

/// The size of a tensor, or nil if an extent is negative or the product is beyond `Int`.
func tensorByteCount(_ element: TensorElement, _ shape: [Int]) -> Int? {
  guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
  if shape.contains(0) { return 0 }
  var count = element.byteCount
  for extent in shape {
    let (product, overflows) = count.multipliedReportingOverflow(by: extent)
    if overflows { return nil }
    count = product
  }
  return count
}
