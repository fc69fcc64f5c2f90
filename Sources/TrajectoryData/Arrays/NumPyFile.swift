/// Reads NumPy's arrays: npy, and npz archives of them.
enum NumPyFile {
  static func readArchive(_ bytes: ArrayBytes, into content: inout ArrayContent) throws(TableError) {
    guard let archive = ZipArchive(bytes) else {
      throw TableError(.damaged("the directory at the end of the archive is missing"), file: content.path)
    }
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      switch archive.content(of: entry) {
      case .success(let array): try read(array, name: name, into: &content)
      case .failure(let damage): throw TableError(.damaged(damage.text), file: content.path, column: name)
      }
    }
  }

  /// Reads one array; of records, each field is a signal.
  static func read(_ bytes: ArrayBytes, name: String, into content: inout ArrayContent) throws(TableError) {
    let (path, column) = (content.path, name.isEmpty ? nil : name)
    func damaged(_ text: String) -> TableError { TableError(.damaged(text), file: path, column: column) }
    var cursor = ByteCursor(bytes.bytes)
    guard cursor.text(6).map({ $0.hasSuffix("NUMPY") }) == true, let major = cursor.number(UInt8.self),
      cursor.take(1) != nil,
      let length = major == 1 ? cursor.int(UInt16.self) : cursor.int(UInt32.self), length <= 1 << 20,
      let header = cursor.take(length)
    else { throw damaged("the header is cut off") }
    var literal = PythonLiteral(bytes.bytes[header])
    guard case .dictionary(let entries)? = literal.value(), let type = entries["descr"],
      case .flag(let isFortranOrder)? = entries["fortran_order"],
      case .list(let dimensions)? = entries["shape"],
      let shape = Self.shape(dimensions)
    else { throw damaged("the header is not one of NumPy's") }
    if case .list(let fields) = type {
      try readRecords(bytes, at: header.upperBound, fields, shape, into: &content, damaged)
      return
    }
    guard case .text(let code) = type, let found = ElementType(code) else {
      throw damaged("the header is not one of NumPy's")
    }
    switch found.kind {
    case .numbers(let element):
      try content.add(
        name, element, isBigEndian: found.isBigEndian, shape: shape, isFortranOrder: isFortranOrder,
        in: bytes, offset: header.upperBound)
    case .texts(let size, let isWide):
      let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
      guard size > 0, count >= 0, count <= cursor.left / size else {
        throw damaged("the array ends before its texts do")
      }
      content.add(
        name,
        texts: (0..<min(count, 100_000)).map { index in
          text(bytes.bytes, header.upperBound + index * size, size, isWide, found.isBigEndian)
        })
      if column == nil { content.note(name, .unsupported("holds texts", "save the signals as numbers")) }
    case .other(let what, let remedy): content.note(name, .unsupported(what, remedy))
    }
  }

  private static func shape(_ dimensions: [PythonLiteral.Value]) -> [Int]? {
    var shape: [Int] = []
    for dimension in dimensions {
      guard case .number(let size) = dimension, size >= 0 else { return nil }
      shape.append(size)
    }
    return shape
  }

  private static func readRecords(
    _ bytes: ArrayBytes, at start: Int, _ fields: [PythonLiteral.Value], _ shape: [Int],
    into content: inout ArrayContent, _ damaged: (String) -> TableError
  ) throws(TableError) {
    var places: [(name: String, type: ElementType, offset: Int)] = []
    var size = 0
    for field in fields {
      guard case .list(let parts) = field, parts.count == 2, case .text(let name) = parts[0],
        case .text(let code) = parts[1], let type = ElementType(code)
      else {
        content.note(
          "", .unsupported("has records with arrays in them", "save one array a signal with numpy.savez"))
        return
      }
      places.append((name, type, size))
      size += type.size
    }
    let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard size > 0, shape.count <= 1, count > 0, count <= (bytes.bytes.count - start) / size else {
      throw damaged("the array ends before its records do")
    }
    for (name, type, offset) in places where !name.isEmpty {
      switch type.kind {
      case .numbers(let element):
        try content.add(
          name, element, isBigEndian: type.isBigEndian, shape: shape,
          in: bytes.part(start..<start + count * size), offset: offset, spacing: size)
      case .texts: content.note(name, .unsupported("holds texts", "save the signals as numbers"))
      case .other(let what, let remedy): content.note(name, .unsupported(what, remedy))
      }
    }
  }

  private static func text(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ size: Int, _ isWide: Bool, _ isBigEndian: Bool
  ) -> String {
    guard isWide else {
      return String(decoding: bytes[start..<start + size].prefix { $0 != 0 }, as: UTF8.self)
    }
    var text = ""
    for offset in stride(from: start, to: start + size - 3, by: 4) {
      let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      guard let scalar = Unicode.Scalar(isBigEndian ? bits.bigEndian : bits.littleEndian), scalar != "\0"
      else { break }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  /// A type of elements such as `<f8`.
  private struct ElementType {
    enum Kind {
      case numbers(ArrayElement)
      case texts(size: Int, isWide: Bool)
      case other(String, remedy: String)
    }

    let kind: Kind
    let isBigEndian: Bool
    /// Bytes of an element.
    let size: Int

    init?(_ code: String) {
      var code = code[...]
      isBigEndian = code.first == ">"
      if let first = code.first, "<>=|".contains(first) { code = code.dropFirst() }
      guard let letter = code.popFirst() else { return nil }
      let digits = code.prefix { $0.isASCII && $0.isNumber }
      let number = Int(digits) ?? 0
      guard number < 1 << 20 else { return nil }
      size = letter == "U" ? 4 * number : letter == "O" ? 8 : number
      let elements: [String: ArrayElement] = [
        "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
        "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
      ]
      if let element = elements["\(letter)\(digits)"], digits.count == code.count {
        kind = .numbers(element)
        return
      }
      switch letter {
      case "O":
        kind = .other(
          "holds Python objects, which are not read, as they could run code",
          remedy: "save numbers: numpy.save(\"data.npy\", array.astype(float))")
      case "U", "S", "a": kind = .texts(size: size, isWide: letter == "U")
      case "c":
        kind = .other(
          "holds complex numbers", remedy: "save real and imaginary parts as signals of their own")
      case "M", "m":
        kind = .other(
          "holds dates or times",
          remedy: "save them in seconds: (t - t[0]) / numpy.timedelta64(1, \"s\")")
      case "f", "i", "u", "V":
        kind = .other("has elements of type \(letter)\(digits)", remedy: "save them with array.astype(float)")
      default: return nil
      }
    }
  }
}

/// The literals in the header of a NumPy array: a dictionary of texts, numbers, flags and tuples.
struct PythonLiteral {
  enum Value {
    case text(String), number(Int), flag(Bool), none
    /// A list or a tuple.
    case list([Value])
    case dictionary([String: Value])
  }

  private var rest: Slice<UnsafeRawBufferPointer>
  private static let maximumDepth = 8

  init(_ bytes: Slice<UnsafeRawBufferPointer>) { rest = bytes }

  /// The whole text's value; nil if it isn't one.
  mutating func value() -> Value? {
    guard let value = value(depth: 0) else { return nil }
    skip()
    return rest.isEmpty ? value : nil
  }

  private mutating func skip() {
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == 0 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skip()
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func value(depth: Int) -> Value? {
    skip()
    guard depth < Self.maximumDepth, let first = rest.first else { return nil }
    switch first {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return text().map { .text($0) }
    case UInt8(ascii: "("): return list(UInt8(ascii: "("), UInt8(ascii: ")"), depth)
    case UInt8(ascii: "["): return list(UInt8(ascii: "["), UInt8(ascii: "]"), depth)
    case UInt8(ascii: "{"): return dictionary(depth)
    default:
      let word = String(
        decoding: rest.prefix { $0 &- 48 < 10 || $0 | 0x20 &- 97 < 26 || $0 == 45 }, as: UTF8.self)
      rest = rest.dropFirst(word.utf8.count)
      switch word {
      case "True": return .flag(true)
      case "False": return .flag(false)
      case "None": return Value.none
      // Python 2 wrote 5L.
      default: return Int(word.hasSuffix("L") ? String(word.dropLast()) : word).map { .number($0) }
      }
    }
  }

  private mutating func text() -> String? {
    guard let quote = rest.popFirst() else { return nil }
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == quote { return String(decoding: bytes, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard let next = rest.popFirst() else { return nil }
        bytes.append(next)
      } else {
        bytes.append(byte)
      }
    }
    return nil
  }

  private mutating func list(_ open: UInt8, _ close: UInt8, _ depth: Int) -> Value? {
    guard take(open) else { return nil }
    var values: [Value] = []
    while !take(close) {
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
      guard take(UInt8(ascii: ",")) else { return take(close) ? .list(values) : nil }
    }
    return .list(values)
  }

  private mutating func dictionary(_ depth: Int) -> Value? {
    guard take(UInt8(ascii: "{")) else { return nil }
    var values: [String: Value] = [:]
    while !take(UInt8(ascii: "}")) {
      skip()
      guard let key = text(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else { return nil }
      values[key] = value
      guard take(UInt8(ascii: ",")) else { return take(UInt8(ascii: "}")) ? .dictionary(values) : nil }
    }
    return .dictionary(values)
  }
}
