import Foundation

extension JSONDecoder {
  /// Decodes what somebody else wrote. `decode` ends the process on some texts that aren't JSON, takes nesting of any
  /// depth, and silently drops one of two members of the same name, so these are refused before it sees them.
  ///
  /// Throws ``JSONSyntaxError`` if the bytes aren't JSON as ``JSON`` reads it, and `DecodingError`.
  package func decodeChecked<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    try JSON.check(bytes)
    return try decode(type, from: Data(bytes))
  }
}
