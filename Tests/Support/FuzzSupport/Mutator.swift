/// Damages bytes and messages in every way that comes to mind, from a seed that reproduces it.
package struct Mutator {
  private var random: SplitMix64

  /// The sequence of damage of this seed.
  package init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// A damaged message out of `corpus`, whose first frames are JSON: what a hostile or broken peer may send.
  package mutating func message(from corpus: [[[UInt8]]]) -> [[UInt8]] {
    var frames = pick(corpus)
    // A replay is not damaged at all.
    for _ in 0..<below(4) {
      switch below(12) {
      case 0: splice(&frames, with: pick(corpus))
      case 1: changeFrames(&frames)
      case 2 where frames.count > 1:
        let place = 1 + below(frames.count - 1)
        damageBytes(&frames[place], others: [])
      case 3...6 where !frames.isEmpty: damageJSON(&frames[0])
      default: if !frames.isEmpty { damageBytes(&frames[0], others: corpus.compactMap(\.first)) }
      }
    }
    return frames
  }

  /// A damaged file out of `corpus`.
  package mutating func bytes(from corpus: [[UInt8]]) -> [UInt8] {
    var bytes = pick(corpus)
    for _ in 0..<below(4) {
      if below(3) == 0 { damageJSON(&bytes) } else { damageBytes(&bytes, others: corpus) }
    }
    return bytes
  }

  private mutating func damageBytes(_ bytes: inout [UInt8], others: [[UInt8]]) {
    let place = below(bytes.count + 1)
    let end = min(bytes.count, place + below(16))
    switch below(9) {
    case 0, 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(below(8)) }
    case 2: if place < bytes.count { bytes[place] = UInt8(below(256)) }
    case 3: bytes.removeSubrange(place...)
    case 4: bytes.removeSubrange(place..<end)
    case 5: bytes.insert(contentsOf: (0..<below(16)).map { _ in UInt8(below(256)) }, at: place)
    case 6: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
    case 7:
      // As a length in a binary header: all ones, the sign bit alone, just beyond the end.
      let huge: [UInt64] = [.max, 1 << 63, 1 << 31, UInt64(bytes.count) + 1, 0]
      let value = huge[below(huge.count)]
      for offset in 0..<(below(2) == 0 ? 4 : 8) where place + offset < bytes.count {
        bytes[place + offset] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(offset)))
      }
    default:
      guard !others.isEmpty else { return bytes.removeAll() }
      let other = pick(others)
      bytes = Array(bytes.prefix(place)) + other.suffix(below(other.count + 1))
    }
  }

  /// Puts something else in place of a value, or a key beside a key.
  private mutating func damageJSON(_ bytes: inout [UInt8]) {
    let structure = Set(#":,{}[]""#.utf8)
    // Long binary parts after a header are not searched.
    let places = bytes.prefix(4096).indices.filter { structure.contains(bytes[$0]) }
    guard !places.isEmpty else { return }
    let start = places[below(places.count)] + 1
    let end = places.first { $0 >= start && bytes[$0] != UInt8(ascii: "\"") } ?? bytes.count
    let text = Self.tokens[below(Self.tokens.count)]
    switch below(4) {
    case 0: bytes.insert(contentsOf: text, at: start)
    case 1: bytes.insert(contentsOf: bytes[start..<end], at: end)
    default: bytes.replaceSubrange(start..<max(start, end), with: text)
    }
  }

  private mutating func changeFrames(_ frames: inout [[UInt8]]) {
    switch below(6) {
    case 0: frames.append([])
    case 1: if !frames.isEmpty { frames.removeLast() }
    case 2: if !frames.isEmpty { frames.removeFirst() }
    case 3: if let frame = frames.last { frames.append(frame) }
    case 4: frames.reverse()
    default: frames += Array(repeating: [1], count: below(40))
    }
  }

  private mutating func splice(_ frames: inout [[UInt8]], with other: [[UInt8]]) {
    if below(2) == 0 {
      frames = Array(frames.prefix(1) + other.dropFirst())
    } else if let mine = frames.first, let theirs = other.first {
      frames[0] = Array(mine.prefix(below(mine.count + 1))) + theirs.suffix(below(theirs.count + 1))
    }
  }

  private mutating func below(_ bound: Int) -> Int {
    bound <= 1 ? 0 : Int(truncatingIfNeeded: random.next() >> 1) % bound
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  private static let tokens: [[UInt8]] =
    [
      "0", "-1", "1", "1.5", "-0", "1e308", "1e999", "-1e-999", "9223372036854775807", "9223372036854775808",
      "-9223372036854775808", "18446744073709551616", "99999999999999999999999999999999", "null", "true",
      "false", "\"\"",
      "\"x\"", "[]", "{}", "[0]", "{\"\":0}", "\"\\ud800\"", "\"\\u0000\"", "\"\\", "NaN", "Infinity", "{\"",
      "}", "]", ",",
      "\"type\":\"result\",", "\"potline\":2,", "/*", "\u{FEFF}", "\"\u{1F600}\"",
      "\"" + String(repeating: "a", count: 300)
        + "\"",
    ].map { Array($0.utf8) } + [
      [0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], Array(repeating: UInt8(ascii: "["), count: 2000),
      Array(repeating: UInt8(ascii: " "), count: 70_000), Array(repeating: UInt8(ascii: "9"), count: 500),
    ]
}
