/// Why a text couldn't be decoded, in words.
package enum JSONProblem {
  /// The field and what is wrong with it: “settings.epochs”: Expected to decode Int but found a string instead.
  package static func text(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      let path = (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")
      return "“\(path)” is missing"
    case DecodingError.dataCorrupted(let context), DecodingError.valueNotFound(_, let context),
      DecodingError.typeMismatch(_, let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? context.debugDescription : "“\(path)”: \(context.debugDescription)"
    default: return "\(error)"
    }
  }
}
