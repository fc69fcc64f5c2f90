import Foundation

extension JSONDecoder {
  /// Decodes what somebody else sent. `decode` ends the process on some texts that aren't JSON, so these are refused
  /// before it sees them.
  ///
  /// Throws ``JSONSyntaxError`` if the bytes aren't JSON, and `DecodingError`.
  package func decodeChecked<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    if let problem = JSONSyntax.problem(in: bytes) { throw JSONSyntaxError(problem: problem) }
    return try decode(type, from: Data(bytes))
  }
}

/// Bytes that aren't JSON.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, and where.
  package let problem: String
  /// An error with these words.
  package init(problem: String) { self.problem = problem }

  /// The text for people.
  package var description: String { "it isn't JSON: \(problem)" }
}
