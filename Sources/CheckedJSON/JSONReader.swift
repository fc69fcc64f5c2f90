/// A recursive-descent reader of JSON. Refuses what the grammar forbids, and in addition objects that have a name twice,
/// since readers disagree on which of the values counts.
struct JSONReader {
  private let text: UnsafeRawBufferPointer
  private let maximumDepth: Int
  /// Whether values are made. Without, the result is meaningless, and memory is used for names only.
  private let keepsValues: Bool
  private var position = 0

  init(_ text: UnsafeRawBufferPointer, maximumDepth: Int, keepsValues: Bool) throws(JSONSyntaxError) {
    (self.text, self.maximumDepth, self.keepsValues) = (text, maximumDepth, keepsValues)
    guard String(validating: text, as: UTF8.self) != nil else {
      throw JSONSyntaxError(offset: 0, problem: "bytes that aren't UTF-8 in the text")
    }
  }

  /// One value, with space around it at most.
  mutating func document() throws(JSONSyntaxError) -> JSON {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard position == text.count else { throw expected("the end") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
    switch current {
    case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
    case UInt8(ascii: "\""):
      let text = try string(keepsText: keepsValues)
      return keepsValues ? .string(text) : .null
    case UInt8(ascii: "t"):
      try word("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try word("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    default: throw expected("a value")
    }
  }

  private mutating func enter(_ depth: Int) throws(JSONSyntaxError) {
    guard depth <= maximumDepth else { throw expected("at most \(maximumDepth) levels") }
    position += 1
    skipSpace()
  }

  private mutating func members(depth: Int) throws(JSONSyntaxError) -> [JSON.Member] {
    try enter(depth)
    var members: [JSON.Member] = []
    if skip("}") { return members }
    var names = Names()
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
      let start = position
      let name = try string(keepsText: true)
      guard names.insert(name) else {
        throw JSONSyntaxError(offset: start, problem: "the name “\(name)” occurs twice")
      }
      skipSpace()
      guard skip(":") else { throw expected("“:”") }
      skipSpace()
      let value = try value(depth: depth)
      if keepsValues { members.append(JSON.Member(name: name, value: value)) }
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw expected("“,” or “}”") }
    return members
  }

  private mutating func elements(depth: Int) throws(JSONSyntaxError) -> [JSON] {
    try enter(depth)
    var elements: [JSON] = []
    if skip("]") { return elements }
    repeat {
      skipSpace()
      let value = try value(depth: depth)
      if keepsValues { elements.append(value) }
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw expected("“,” or “]”") }
    return elements
  }

  private mutating func word(_ word: StaticString) throws(JSONSyntaxError) {
    let isThere = word.withUTF8Buffer { text[position...].starts(with: $0) }
    guard isThere else { throw expected("a value") }
    position += word.utf8CodeUnitCount
  }

  private mutating func number() throws(JSONSyntaxError) -> JSON {
    let start = position
    _ = skip("-")
    if !skip("0") { try digits() }
    var isWhole = true
    if skip(".") {
      isWhole = false
      try digits()
    }
    if skip("e") || skip("E") {
      isWhole = false
      if !skip("+") { _ = skip("-") }
      try digits()
    }
    guard keepsValues else { return .null }
    let text = String(decoding: text[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    return .number(Double(text) ?? .infinity)
  }

  private mutating func digits() throws(JSONSyntaxError) {
    let start = position
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw expected("a digit") }
  }

  /// The text of a string, or an empty one if it isn't wanted.
  private mutating func string(keepsText: Bool) throws(JSONSyntaxError) -> String {
    let start = position
    position += 1
    var result = ""
    var piece = position
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        if keepsText { result += String(decoding: text[piece..<position], as: UTF8.self) }
        position += 1
        return result
      case UInt8(ascii: "\\"):
        if keepsText { result += String(decoding: text[piece..<position], as: UTF8.self) }
        position += 1
        let scalar = try escape()
        if keepsText { result.unicodeScalars.append(scalar) }
        piece = position
      case 0..<0x20: throw JSONSyntaxError(offset: position, problem: "a control character in a string")
      default: position += 1
      }
    }
    throw JSONSyntaxError(offset: start, problem: "a string without an end")
  }

  private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
    guard let byte = current else { throw expected("the rest of an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      guard skip("\\"), skip("u") else { throw expected("the second half of a surrogate pair") }
      let low = try codeUnit()
      guard unit < 0xDC00, 0xDC00...0xDFFF ~= low,
        let scalar = Unicode.Scalar(0x10000 + UInt32(unit - 0xD800) << 10 + UInt32(low - 0xDC00))
      else { throw expected("a surrogate pair before this") }
      return scalar
    default:
      position -= 1
      throw expected("an escape that JSON has")
    }
  }

  private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
    guard position + 4 <= text.count else { throw expected("four hexadecimal digits") }
    var unit: UInt16 = 0
    for byte in text[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw expected("four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }

  private var current: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
  }

  private func expected(_ what: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: position, problem: "expected \(what)")
  }

  /// The names of an object so far. Few are compared one by one, which is faster than hashing.
  private struct Names {
    private var few: [String] = []
    private var many: Set<String> = []

    /// False if the name is there already.
    mutating func insert(_ name: String) -> Bool {
      if !many.isEmpty { return many.insert(name).inserted }
      if few.contains(name) { return false }
      few.append(name)
      if few.count > 16 { many = Set(few) }
      return true
    }
  }
}
