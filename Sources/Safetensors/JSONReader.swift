/// A recursive-descent reader of `JSON` (RFC 8259).
struct JSONReader {
  private let text: UnsafeRawBufferPointer
  private var position = 0

  /// A header is three levels deep; more would be an attack on the stack.
  private static let maximumDepth = 8

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
  }

  /// One value, with space around it at most.
  mutating func document() throws(JSON.SyntaxError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == text.count else { throw expected("the end") }
    return value
  }

  private mutating func value(depth: Int) throws(JSON.SyntaxError) -> JSON {
    guard depth < Self.maximumDepth else { throw expected("fewer levels") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .integer(try integer())
    default: throw expected("an object, an array, a string, or a whole number")
    }
  }

  private mutating func members(depth: Int) throws(JSON.SyntaxError) -> [JSON.Member] {
    position += 1
    var members: [JSON.Member] = []
    var names: Set<String> = []
    skipSpace()
    if skip("}") { return members }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
      let start = position
      let name = try string()
      guard names.insert(name).inserted else {
        throw JSON.SyntaxError(offset: start, problem: "the name “\(name)” occurs twice")
      }
      skipSpace()
      guard skip(":") else { throw expected("“:”") }
      members.append((name, try value(depth: depth)))
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw expected("“,” or “}”") }
    return members
  }

  private mutating func elements(depth: Int) throws(JSON.SyntaxError) -> [JSON] {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if skip("]") { return elements }
    repeat {
      elements.append(try value(depth: depth))
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw expected("“,” or “]”") }
    return elements
  }

  private mutating func integer() throws(JSON.SyntaxError) -> Int {
    let start = position
    while let digit = current, digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") { position += 1 }
    let digits = text[start..<position]
    let isFraction = current.map { [".", "e", "E"].contains(UnicodeScalar($0)) } ?? false
    guard !isFraction, digits.count == 1 || digits.first != UInt8(ascii: "0"),
      let value = Int(String(decoding: digits, as: UTF8.self))
    else {
      throw JSON.SyntaxError(offset: start, problem: "expected a whole number below 2^63")
    }
    return value
  }

  private mutating func string() throws(JSON.SyntaxError) -> String {
    let start = position
    position += 1
    var bytes: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: bytes, as: UTF8.self) else {
          throw JSON.SyntaxError(offset: start, problem: "a string that isn't UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): bytes.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw JSON.SyntaxError(offset: position - 1, problem: "a control character in a string")
      default: bytes.append(byte)
      }
    }
    throw JSON.SyntaxError(offset: start, problem: "a string without an end")
  }

  private mutating func escape() throws(JSON.SyntaxError) -> Unicode.Scalar {
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

  private mutating func codeUnit() throws(JSON.SyntaxError) -> UInt16 {
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

  private func expected(_ what: String) -> JSON.SyntaxError {
    JSON.SyntaxError(offset: position, problem: "expected \(what)")
  }
}
