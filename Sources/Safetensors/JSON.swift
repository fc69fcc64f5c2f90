/// The part of JSON that a header can hold: objects, arrays, strings and whole numbers.
///
/// Foundation's readers keep one of two members of the same name in silence, where the format wants an error.
enum JSON: Sendable {
  typealias Member = (name: String, value: JSON)

  case object([Member])
  case array([JSON])
  case string(String)
  case integer(Int)

  /// What is wrong where, in bytes from the beginning.
  struct SyntaxError: Error {
    let offset: Int
    let problem: String
  }

  /// Reads text that must be one object, with space around it at most.
  static func object(_ text: UnsafeRawBufferPointer) throws(SyntaxError) -> [Member] {
    var reader = JSONReader(text)
    let value = try reader.document()
    guard case .object(let members) = value else {
      throw SyntaxError(offset: 0, problem: "expected an object")
    }
    return members
  }

  /// The member of an object called `name`; nil if there is none, or this is no object.
  subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text of a string, or nil for anything else.
  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The elements of an array of whole numbers, or nil for anything else.
  var integers: [Int]? {
    guard case .array(let elements) = self else { return nil }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let value) = element else { return nil }
      integers.append(value)
    }
    return integers
  }
}
