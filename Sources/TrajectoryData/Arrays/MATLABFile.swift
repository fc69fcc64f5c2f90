import Files

/// Reads variables of numbers from MATLAB's files: level 5, as `save -v6` and `-v7` write it, and level 4.
///
/// Fields of a structure are signals `NAME.FIELD`. Cells, objects, sparse and complex matrices are noted as unusable. The
/// format: "MAT-File Format", The MathWorks.
enum MATLABFile {
  static func read(_ bytes: ArrayBytes, into content: inout ArrayContent) throws(TableError) {
    let all = bytes.bytes
    let isText = all.count >= 19 && String(decoding: all[..<7], as: UTF8.self) == "MATLAB "
    guard isText else { return try readLevel4(bytes, into: &content) }
    if String(decoding: all[7..<10], as: UTF8.self) == "7.3" {
      throw TableError(
        .unsupported("is a MATLAB file of version 7.3, which is HDF5", "save it again with save(..., '-v7')"),
        file: content.path)
    }
    guard all.count >= 128 else { throw TableError(.damaged("the header is cut off"), file: content.path) }
    // The characters MI as a number, so that they show the order of bytes.
    let isBigEndian = all[126] == UInt8(ascii: "M") && all[127] == UInt8(ascii: "I")
    guard isBigEndian || (all[126] == UInt8(ascii: "I") && all[127] == UInt8(ascii: "M")) else {
      throw TableError(.damaged("the header doesn't say the order of bytes"), file: content.path)
    }
    var reader = Level5(bytes, at: 128, isBigEndian: isBigEndian)
    while reader.left >= 8 {
      guard let element = reader.element() else {
        throw TableError(.damaged("a variable is cut off"), file: content.path)
      }
      switch element.type {
      case Level5.matrix:
        try Level5.matrix(bytes.part(element.range), isBigEndian, prefix: nil, depth: 0, into: &content)
      case Level5.compressed:
        let packed = UnsafeRawBufferPointer(rebasing: all[element.range])
        guard let unpacked = Deflate.unpack(packed, .zlib, size: nil) else {
          throw TableError(.damaged("the packed data of a variable are damaged"), file: content.path)
        }
        var inner = Level5(unpacked, at: 0, isBigEndian: isBigEndian)
        guard let matrix = inner.element() else {
          throw TableError(.damaged("a packed variable is cut off"), file: content.path)
        }
        if matrix.type == Level5.matrix {
          try Level5.matrix(unpacked.part(matrix.range), isBigEndian, prefix: nil, depth: 0, into: &content)
        }
      default: break
      }
    }
  }

  private static func readLevel4(_ bytes: ArrayBytes, into content: inout ArrayContent) throws(TableError) {
    var cursor = ByteCursor(bytes.bytes)
    while cursor.left > 0 {
      func damaged(_ name: String? = nil) -> TableError {
        TableError(.damaged("a variable is cut off"), file: content.path, column: name)
      }
      let start = cursor.offset
      cursor.isBigEndian = false
      guard let little = cursor.number(UInt32.self) else { throw damaged() }
      // The number of the type is below 5000 in the right order of bytes.
      let isBigEndian = little > 9999
      let type = isBigEndian ? little.byteSwapped : little
      cursor = ByteCursor(bytes.bytes, at: start + 4, isBigEndian: isBigEndian)
      guard type < 5000, let rows = cursor.int(UInt32.self), let width = cursor.int(UInt32.self),
        let isComplex = cursor.number(UInt32.self), let nameCount = cursor.int(UInt32.self), nameCount > 0,
        let name = cursor.text(nameCount)?.prefix(while: { $0 != "\0" }).description
      else { throw damaged() }
      let elements: [UInt32: ArrayElement] = [
        0: .float64, 1: .float32, 2: .int32, 3: .int16, 4: .uint16, 5: .uint8,
      ]
      guard let element = elements[type / 10 % 10] else { throw damaged(name) }
      let (count, isTooLarge) = rows.multipliedReportingOverflow(by: width)
      let (size, isTooLong) = count.multipliedReportingOverflow(
        by: element.byteCount * (isComplex == 0 ? 1 : 2))
      guard !isTooLarge, !isTooLong, let range = cursor.take(size) else { throw damaged(name) }
      switch (type % 10, isComplex) {
      case (0, 0):
        try content.add(
          name, element, isBigEndian: isBigEndian, shape: [rows, width], isFortranOrder: true,
          in: bytes.part(range), offset: 0)
      case (1, _): break
      default: content.note(name, isComplex == 0 ? sparse : complex)
      }
    }
  }

  fileprivate static let sparse = TableError.Problem.unsupported(
    "is a sparse matrix", "save it as a full one: x = full(x)")
  fileprivate static let complex = TableError.Problem.unsupported(
    "holds complex numbers", "save real and imaginary parts as signals of their own")
}

/// Elements of a level 5 file: a type, a size, and bytes up to the next multiple of eight.
private struct Level5 {
  struct Element {
    let type: UInt32
    let range: Range<Int>
  }

  static let matrix: UInt32 = 14
  static let compressed: UInt32 = 15

  private var cursor: ByteCursor

  init(_ bytes: ArrayBytes, at offset: Int, isBigEndian: Bool) {
    cursor = ByteCursor(bytes.bytes, at: offset, isBigEndian: isBigEndian)
  }

  var left: Int { cursor.left }

  /// The next element; nil if it is cut off.
  mutating func element() -> Element? {
    guard let tag = cursor.number(UInt32.self) else { return nil }
    if tag >> 16 != 0 {
      // Up to four bytes stand in the tag itself.
      let size = Int(tag >> 16)
      guard size <= 4, let room = cursor.take(4) else { return nil }
      return Element(type: tag & 0xFFFF, range: room.lowerBound..<room.lowerBound + size)
    }
    guard let size = cursor.int(UInt32.self), let range = cursor.take(size) else { return nil }
    if tag != Self.compressed { _ = cursor.take(min(cursor.left, (8 - size % 8) % 8)) }
    return Element(type: tag, range: range)
  }

  private static let elements: [UInt32: ArrayElement] = [
    1: .int8, 2: .uint8, 3: .int16, 4: .uint16, 5: .int32, 6: .uint32, 7: .float32, 9: .float64, 12: .int64,
    13: .uint64,
  ]

  /// Reads a matrix: flags, dimensions, name, and what its class has.
  static func matrix(
    _ bytes: ArrayBytes, _ isBigEndian: Bool, prefix: String?, depth: Int, into content: inout ArrayContent
  ) throws(TableError) {
    let path = content.path
    func damaged(_ name: String?) -> TableError {
      TableError(.damaged("a variable is cut off"), file: path, column: name)
    }
    // An empty field.
    if bytes.bytes.isEmpty { return }
    var reader = Level5(bytes, at: 0, isBigEndian: isBigEndian)
    guard let flags = reader.element(), let dimensions = reader.element(), let nameElement = reader.element()
    else { throw damaged(prefix) }
    func numbers(_ element: Element) -> [Int] {
      var cursor = ByteCursor(bytes.bytes, at: element.range.lowerBound, isBigEndian: isBigEndian)
      return (0..<element.range.count / 4).compactMap { _ in cursor.int(Int32.self) }
    }
    guard let flag = numbers(flags).first else { throw damaged(prefix) }
    let shape = numbers(dimensions)
    let own = String(decoding: bytes.bytes[nameElement.range], as: UTF8.self)
    let name = prefix ?? own
    guard shape.count >= 2, shape.allSatisfy({ $0 >= 0 }) else { throw damaged(name) }
    switch flag & 0xFF {
    case 6...15 where flag & 0x800 != 0: content.note(name, MATLABFile.complex)
    case 6...15:
      guard let data = reader.element(), let element = elements[data.type] else { throw damaged(name) }
      try content.add(
        name, element, isBigEndian: isBigEndian, shape: shape, isFortranOrder: true,
        in: bytes.part(data.range), offset: 0)
    case 5: content.note(name, MATLABFile.sparse)
    // Texts describe, they are no signals.
    case 4: break
    case 2 where shape == [1, 1] && depth < 4:
      guard let width = reader.element(), let size = numbers(width).first, size > 0,
        let names = reader.element()
      else { throw damaged(name) }
      for start in stride(from: names.range.lowerBound, to: names.range.upperBound - size + 1, by: size) {
        let field = String(decoding: bytes.bytes[start..<start + size].prefix { $0 != 0 }, as: UTF8.self)
        guard let inner = reader.element(), inner.type == Self.matrix else {
          throw damaged("\(name).\(field)")
        }
        try matrix(
          bytes.part(inner.range), isBigEndian, prefix: "\(name).\(field)", depth: depth + 1, into: &content)
      }
    default:
      content.note(
        name,
        .unsupported(
          "is a cell array, a table, an object or a list of structures",
          "save each signal as a vector: u = data.u; save('data.mat', 'u', 'y', '-v7')"))
    }
  }
}
