import Digests

/// The fields of a header that is one flat JSON object of plain strings and numbers, found in one pass.
///
/// It is for the few messages that come thousands of times a second. Whatever is not plain (an escape, a nested value, a
/// field that stands twice) makes it nil: then a full decoder reads the header, and says what is wrong if anything is.
package struct FlatHeader {
  private struct Field {
    let key: Range<Int>
    let value: Range<Int>
    let isText: Bool
  }

  private let bytes: [UInt8]
  private var fields: [Field] = []

  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard bytes.count <= 1024 else { return nil }
    fields.reserveCapacity(10)
    var at = 0
    guard take(UInt8(ascii: "{"), &at) else { return nil }
    while true {
      guard let key = takeText(&at), take(UInt8(ascii: ":"), &at), !has(key) else { return nil }
      if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
        guard let value = takeText(&at) else { return nil }
        fields.append(Field(key: key, value: value, isText: true))
      } else {
        guard let value = takeNumber(&at) else { return nil }
        fields.append(Field(key: key, value: value, isText: false))
      }
      if take(UInt8(ascii: ","), &at) { continue }
      guard take(UInt8(ascii: "}"), &at), at == bytes.count else { return nil }
      return
    }
  }

  /// Whether the field is there and is this text.
  func has(_ key: StaticString, _ text: StaticString) -> Bool {
    field(key).map { $0.isText && equals($0.value, text) } ?? false
  }

  /// A whole number with at most 15 digits and no sign.
  func number(_ key: StaticString) -> Int? {
    guard let field = field(key), !field.isText, (1...15).contains(field.value.count) else { return nil }
    var number = 0
    for digit in bytes[field.value] {
      guard (48...57).contains(digit) else { return nil }
      number = number * 10 + Int(digit - 48)
    }
    return number
  }

  func double(_ key: StaticString) -> Double? {
    guard let field = field(key), !field.isText else { return nil }
    return Double(String(decoding: bytes[field.value], as: UTF8.self))
  }

  func digest(_ key: StaticString) -> SHA256Digest? {
    guard let field = field(key), field.isText else { return nil }
    return SHA256Digest(hexDigits: bytes[field.value])
  }

  var reference: AttemptReference? {
    guard let attempt = number("attempt"), attempt > 0, let job = digest("job") else { return nil }
    return AttemptReference(attempt: AttemptID(attempt), job: JobID(job))
  }

  private func field(_ key: StaticString) -> Field? { fields.first { equals($0.key, key) } }

  private func has(_ key: Range<Int>) -> Bool {
    fields.contains { bytes[$0.key].elementsEqual(bytes[key]) }
  }

  private func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
    text.withUTF8Buffer { $0.elementsEqual(bytes[range]) }
  }

  private func take(_ byte: UInt8, _ at: inout Int) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  /// Printable ASCII without escapes.
  private func takeText(_ at: inout Int) -> Range<Int>? {
    guard take(UInt8(ascii: "\""), &at) else { return nil }
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      guard (32...126).contains(bytes[at]), bytes[at] != UInt8(ascii: "\\") else { return nil }
      at += 1
    }
    let end = at
    return take(UInt8(ascii: "\""), &at) ? start..<end : nil
  }

  /// JSON's numbers without a minus sign before them.
  private func takeNumber(_ at: inout Int) -> Range<Int>? {
    let start = at
    guard let whole = takeDigits(&at), whole == 1 || bytes[start] != 48 else { return nil }
    if take(UInt8(ascii: "."), &at), takeDigits(&at) == nil { return nil }
    if take(UInt8(ascii: "e"), &at) || take(UInt8(ascii: "E"), &at) {
      _ = take(UInt8(ascii: "-"), &at) || take(UInt8(ascii: "+"), &at)
      guard takeDigits(&at) != nil else { return nil }
    }
    return start..<at
  }

  private func takeDigits(_ at: inout Int) -> Int? {
    let start = at
    while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
    return at > start ? at - start : nil
  }
}
