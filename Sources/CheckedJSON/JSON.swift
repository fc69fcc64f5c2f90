/// A JSON value (RFC 8259).
package enum JSON: Sendable, Equatable {
  /// A name and its value. Names in an object differ from each other.
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSON
  }

  case object([Member])
  case array([JSON])
  case string(String)
  /// A whole number that is written without fraction or exponent, and fits.
  case integer(Int)
  /// Any other number; infinite if it is too large for float64.
  case number(Double)
  case bool(Bool)
  case null

  /// Arrays and objects within each other that are accepted unless the caller says otherwise.
  package static let maximumDepth = 64

  /// Reads one value in UTF-8 with space around it at most. O(bytes).
  ///
  /// - Parameter maximumDepth: Arrays and objects within each other that are accepted.
  package init(
    _ text: UnsafeRawBufferPointer, maximumDepth: Int = JSON.maximumDepth
  ) throws(JSONSyntaxError) {
    var reader = try JSONReader(text, maximumDepth: maximumDepth, keepsValues: true)
    self = try reader.document()
  }

  /// Throws unless the text is one value as ``init(_:maximumDepth:)`` reads it; makes no value of it. O(bytes).
  package static func check(_ text: [UInt8], maximumDepth: Int = JSON.maximumDepth) throws(JSONSyntaxError) {
    let result = text.withUnsafeBytes { text in
      Result { () throws(JSONSyntaxError) in
        var reader = try JSONReader(text, maximumDepth: maximumDepth, keepsValues: false)
        _ = try reader.document()
      }
    }
    try result.get()
  }

  /// The member of an object called `name`; nil if there is none, or this isn't an object.
  package subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text of a string, or nil for anything else.
  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The elements of an array of whole numbers of 0 or more, or nil for anything else.
  package var naturals: [Int]? {
    guard case .array(let elements) = self else { return nil }
    var naturals: [Int] = []
    for element in elements {
      guard case .integer(let value) = element, value >= 0 else { return nil }
      naturals.append(value)
    }
    return naturals
  }
}

/// Bytes that aren't JSON.
package struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
  /// Where, in bytes from the beginning.
  package let offset: Int
  /// What is wrong there, as a clause.
  package let problem: String

  /// `it isn't JSON: expected “:” at byte 17`
  package var description: String { "it isn't JSON: \(problem) at byte \(offset)" }
}
