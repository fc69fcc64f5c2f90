/// Why a text couldn't be decoded, in words.
package enum JSONProblem {
  /// The field and what is wrong with it: “settings.epochs”: Expected to decode Int but found a string instead.
  package static func text(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "“\(Self.path(context.codingPath + [key]))” is missing"
    case DecodingError.dataCorrupted(let context), DecodingError.valueNotFound(_, let context),
      DecodingError.typeMismatch(_, let context):
      let path = Self.path(context.codingPath)
      return path.isEmpty ? context.debugDescription : "“\(path)”: \(context.debugDescription)"
    default: return "\(error)"
    }
  }

  /// `keys[0].role`
  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }
}
