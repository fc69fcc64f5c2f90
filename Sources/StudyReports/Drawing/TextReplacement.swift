/// Replaces several texts by others in one pass, the first in the list where two would fit.
struct TextReplacement {
  private var byFirst: [UInt8: [(pattern: [UInt8], replacement: [UInt8])]] = [:]

  /// Adds a text, not empty, to be replaced.
  mutating func add(_ pattern: String, _ replacement: String) {
    let bytes = Array(pattern.utf8)
    byFirst[bytes[0], default: []].append((bytes, Array(replacement.utf8)))
  }

  /// O(length x patterns with the same first byte).
  func apply(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    var starts = [Bool](repeating: false, count: 256)
    for byte in byFirst.keys { starts[Int(byte)] = true }
    var place = 0
    while place < bytes.count {
      if starts[Int(bytes[place])],
        let match = byFirst[bytes[place]]?.first(where: { candidate in
          place + candidate.pattern.count <= bytes.count
            && bytes[place..<place + candidate.pattern.count].elementsEqual(candidate.pattern)
        })
      {
        result += match.replacement
        place += match.pattern.count
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
