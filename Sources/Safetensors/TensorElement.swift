#if _endian(big)
  #error("the format is little-endian, and so must the host be")
#endif

/// The type of a tensor's elements, as the format names it.
package enum TensorElement: String, Hashable, Sendable, CaseIterable {
  /// 64-bit floating point.
  case float64 = "F64"
  /// 32-bit floating point.
  case float32 = "F32"
  /// 16-bit floating point (IEEE 754 binary16), as raw bytes.
  case float16 = "F16"
  /// 16-bit floating point with the exponent of `float32`, as raw bytes.
  case bfloat16 = "BF16"
  /// 64-bit signed integer.
  case int64 = "I64"
  /// 32-bit signed integer.
  case int32 = "I32"
  /// 16-bit signed integer, as raw bytes.
  case int16 = "I16"
  /// 8-bit signed integer, as raw bytes.
  case int8 = "I8"
  /// 64-bit unsigned integer.
  case uint64 = "U64"
  /// 32-bit unsigned integer.
  case uint32 = "U32"
  /// 16-bit unsigned integer.
  case uint16 = "U16"
  /// 8-bit unsigned integer.
  case uint8 = "U8"
  /// A truth value in a byte, as raw bytes.
  case bool = "BOOL"

  /// The size of one element in bytes.
  package var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// A Swift type whose values are a tensor's elements, bit by bit.
package protocol TensorScalar: BitwiseCopyable, Sendable {
  /// The element type that it is stored as.
  static var tensorElement: TensorElement { get }
}

extension Double: TensorScalar {
  /// F64.
  package static var tensorElement: TensorElement { .float64 }
}

extension Float: TensorScalar {
  /// F32.
  package static var tensorElement: TensorElement { .float32 }
}

extension Int64: TensorScalar {
  /// I64.
  package static var tensorElement: TensorElement { .int64 }
}

extension Int32: TensorScalar {
  /// I32.
  package static var tensorElement: TensorElement { .int32 }
}

extension UInt64: TensorScalar {
  /// U64.
  package static var tensorElement: TensorElement { .uint64 }
}

extension UInt32: TensorScalar {
  /// U32.
  package static var tensorElement: TensorElement { .uint32 }
}

extension UInt16: TensorScalar {
  /// U16.
  package static var tensorElement: TensorElement { .uint16 }
}

extension UInt8: TensorScalar {
  /// U8.
  package static var tensorElement: TensorElement { .uint8 }
}
