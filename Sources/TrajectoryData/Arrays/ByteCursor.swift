/// Reads numbers and pieces of bytes from front to back; nil where they end.
struct ByteCursor {
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int
  var isBigEndian: Bool

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0, isBigEndian: Bool = false) {
    (self.bytes, self.offset, self.isBigEndian) = (bytes, offset, isBigEndian)
  }

  var left: Int { bytes.count - offset }

  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
    let size = MemoryLayout<Number>.size
    guard offset >= 0, left >= size else { return nil }
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    offset += size
    return isBigEndian ? value.bigEndian : value.littleEndian
  }

  /// The number as an Int; nil also if it is larger.
  mutating func int<Number: FixedWidthInteger>(_ type: Number.Type) -> Int? {
    number(type).flatMap { Int(exactly: $0) }
  }

  /// The range of the next `count` bytes, which are passed.
  mutating func take(_ count: Int) -> Range<Int>? {
    guard offset >= 0, count >= 0, left >= count else { return nil }
    offset += count
    return offset - count..<offset
  }

  /// The next `count` bytes as text; bytes that are not UTF-8 are replaced.
  mutating func text(_ count: Int) -> String? {
    take(count).map { String(decoding: bytes[$0], as: UTF8.self) }
  }
}
