import Files
import Safetensors

/// Bytes that array columns point into: a mapped file, a tensor file, or memory of their own.
///
/// Sendable: never written after the initialiser.
final class ArrayBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  /// What the bytes belong to; nil for memory that is freed with this object.
  private let owner: AnyObject?

  init(_ bytes: UnsafeRawBufferPointer, of owner: AnyObject) { (self.bytes, self.owner) = (bytes, owner) }

  convenience init(mapping path: String) throws(TableError) {
    let file: MappedFile
    do throws(FileError) { file = try MappedFile(path) } catch { throw TableError(error) }
    self.init(file.bytes, of: file)
  }

  /// Copied bytes.
  init(copying source: UnsafeRawBufferPointer) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 16)
    memory.copyMemory(from: source)
    (bytes, owner) = (UnsafeRawBufferPointer(memory), nil)
  }

  /// Takes over memory that was allocated by the caller.
  init(taking memory: UnsafeMutableRawBufferPointer) {
    (bytes, owner) = (UnsafeRawBufferPointer(memory), nil)
  }

  deinit { if owner == nil { UnsafeMutableRawBufferPointer(mutating: bytes).deallocate() } }

  /// A part of the bytes.
  func part(_ range: Range<Int>) -> ArrayBytes {
    ArrayBytes(UnsafeRawBufferPointer(rebasing: bytes[range]), of: self)
  }
}

/// The kinds of numbers that arrays hold.
enum ArrayElement: Sendable, Equatable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8
  case uint64, uint32, uint16, uint8
  /// A byte that is 0 or not.
  case bool

  var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  init(_ element: TensorElement) {
    self =
      switch element {
      case .float64: .float64
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int64: .int64
      case .int32: .int32
      case .int16: .int16
      case .int8: .int8
      case .uint64: .uint64
      case .uint32: .uint32
      case .uint16: .uint16
      case .uint8: .uint8
      case .bool: .bool
      }
  }
}

/// One signal in an array: evenly strided numbers of one kind.
struct ArrayColumn: Sendable {
  let name: String
  /// Number of values.
  let count: Int
  private let element: ArrayElement
  private let isBigEndian: Bool
  private let bytes: ArrayBytes
  /// The first value, and bytes from a value to the next.
  private let offset: Int
  private let stride: Int

  /// - Precondition: all values lie in the bytes.
  init(
    name: String, count: Int, _ element: ArrayElement, isBigEndian: Bool, in bytes: ArrayBytes, offset: Int,
    stride: Int
  ) {
    precondition(
      count == 0 || (offset >= 0 && offset + (count - 1) * stride + element.byteCount <= bytes.bytes.count))
    (self.name, self.count, self.element, self.isBigEndian) = (name, count, element, isBigEndian)
    (self.bytes, self.offset, self.stride) = (bytes, offset, stride)
  }

  /// Writes the values of some rows, each `step` places after the one before.
  func copy(_ rows: Range<Int>, to values: UnsafeMutablePointer<Double>, step: Int) {
    guard let base = bytes.bytes.baseAddress, !rows.isEmpty else { return }
    var source = base + offset + rows.lowerBound * stride
    var target = values
    let (stride, isSwapped, count) = (stride, isBigEndian, rows.count)
    @inline(__always) func each<Bits: FixedWidthInteger>(_ type: Bits.Type, _ value: (Bits) -> Double) {
      for _ in 0..<count {
        let bits = source.loadUnaligned(as: Bits.self)
        target.pointee = value(isSwapped ? bits.byteSwapped : bits)
        source += stride
        target += step
      }
    }
    switch element {
    case .float64: each(UInt64.self) { Double(bitPattern: $0) }
    case .float32: each(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float16: each(UInt16.self) { Self.value(ofFloat16: $0) }
    case .bfloat16: each(UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .int64: each(Int64.self) { Double($0) }
    case .int32: each(Int32.self) { Double($0) }
    case .int16: each(Int16.self) { Double($0) }
    case .int8: each(Int8.self) { Double($0) }
    case .uint64: each(UInt64.self) { Double($0) }
    case .uint32: each(UInt32.self) { Double($0) }
    case .uint16: each(UInt16.self) { Double($0) }
    case .uint8: each(UInt8.self) { Double($0) }
    case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }

  /// A single value.
  func value(_ row: Int) -> Double {
    var value = Double.nan
    copy(row..<row + 1, to: &value, step: 1)
    return value
  }

  /// IEEE 754 binary16, which some of Swift's platforms lack.
  private static func value(ofFloat16 bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
    if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    return exponent == 0
      ? sign * fraction * 0x1p-24
      : sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
  }
}
