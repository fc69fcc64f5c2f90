/// Lines and curves of an SVG path, rounded to tenths of a point.
struct SVGPath {
  /// A subpath of lines, or of cubic curves, of which each takes three points.
  private struct Part {
    var points: [SIMD2<Double>]
    var isCurved = false
    var isClosed = false
  }

  private var parts: [Part] = []

  /// Lines may move by this much, in points: a twentieth of the thinnest line that is drawn.
  static let tolerance = 0.05

  /// A path of the commands M, L, C and Z with absolute coordinates; nil if it has others.
  init?(_ commands: String) {
    for (letter, numbers) in Self.tokens(commands) {
      guard let numbers else { return nil }
      let points = stride(from: 0, to: numbers.count - 1, by: 2).map { SIMD2(numbers[$0], numbers[$0 + 1]) }
      switch letter {
      case UInt8(ascii: "M"):
        guard !points.isEmpty else { return nil }
        parts.append(Part(points: points))
      case UInt8(ascii: "L"):
        guard let last = parts.indices.last, !parts[last].isCurved else { return nil }
        parts[last].points += points
      case UInt8(ascii: "C"):
        guard let last = parts.indices.last, parts[last].points.count == 1 || parts[last].isCurved else {
          return nil
        }
        parts[last].isCurved = true
        parts[last].points += points
      case UInt8(ascii: "Z"), UInt8(ascii: "z"):
        guard let last = parts.indices.last else { return nil }
        parts[last].isClosed = true
      default: return nil
      }
    }
  }

  /// Letters with the numbers that follow; nil for what isn't a number.
  private static func tokens(_ commands: String) -> [(letter: UInt8, numbers: [Double]?)] {
    var tokens: [(letter: UInt8, numbers: [Double]?)] = []
    var number: [UInt8] = []
    func finishNumber() {
      guard !number.isEmpty else { return }
      let value = Double(String(decoding: number, as: UTF8.self))
      number = []
      if tokens.isEmpty { tokens.append((0, nil)) }
      if let value {
        tokens[tokens.count - 1].numbers?.append(value)
      } else {
        tokens[tokens.count - 1].numbers = nil
      }
    }
    for byte in commands.utf8 {
      if (65...90).contains(byte & 0xDF) {
        finishNumber()
        tokens.append((byte, []))
      } else if byte == UInt8(ascii: ",") || byte <= UInt8(ascii: " ") {
        finishNumber()
      } else {
        number.append(byte)
      }
    }
    finishNumber()
    return tokens
  }

  /// A polygon's outline; nil if the list of points is damaged.
  ///
  /// - Parameter overlap: by how much an upright rectangle grows to the right and downwards.
  init?(polygon list: String, overlap: Double = 0) {
    let numbers = list.split { $0 == " " || $0 == "," || $0.isNewline }.map { Double($0) }
    guard numbers.count >= 4, numbers.count % 2 == 0, !numbers.contains(nil) else { return nil }
    let values = numbers.compactMap { $0 }
    var points = stride(from: 0, to: values.count, by: 2).map { SIMD2(values[$0], values[$0 + 1]) }
    if points.first == points.last { points.removeLast() }
    let (right, bottom) = (points.map(\.x).max() ?? 0, points.map(\.y).max() ?? 0)
    if overlap > 0 {
      for index in points.indices {
        if points[index].x == right { points[index].x += overlap }
        if points[index].y == bottom { points[index].y += overlap }
      }
    }
    parts = [Part(points: points, isClosed: true)]
  }

  /// Whether nothing is drawn: no more than the start of a line.
  var isEmpty: Bool { parts.allSatisfy { $0.points.count < 2 } }

  /// The commands, relative, after simplification: points within ``tolerance`` of the line through their neighbours are
  /// left out. O(points²) at worst, O(points log points) usually.
  var commands: String {
    var writer = Writer()
    for part in parts where part.points.count > 1 {
      let points = part.isCurved ? part.points : Self.simplified(part.points, isClosed: part.isClosed)
      writer.move(to: points[0])
      if part.isCurved {
        for start in stride(from: 1, to: points.count - 2, by: 3) { writer.curve(points[start..<start + 3]) }
      } else {
        for point in points.dropFirst() { writer.line(to: point) }
      }
      writer.finish(isClosed: part.isClosed)
    }
    return writer.text
  }

  /// Commands relative to the last point as it was rounded, so that rounding errors don't add up.
  private struct Writer {
    private(set) var text = ""
    private var at = SIMD2<Int>()
    private var letter: Character = "M"

    mutating func move(to point: SIMD2<Double>) {
      at = SVGPath.tenths(point)
      letter = "z"
      add("M", [at.x, at.y])
    }

    mutating func line(to point: SIMD2<Double>) {
      let step = SVGPath.tenths(point) &- at
      if step == .zero { return }
      if step.y == 0 {
        add("h", [step.x])
      } else if step.x == 0 {
        add("v", [step.y])
      } else {
        add("l", [step.x, step.y])
      }
      at = at &+ step
    }

    mutating func curve(_ points: ArraySlice<SIMD2<Double>>) {
      let ends = points.map { SVGPath.tenths($0) }
      add("c", ends.flatMap { [$0.x - at.x, $0.y - at.y] })
      at = ends[ends.count - 1]
    }

    mutating func finish(isClosed: Bool) {
      // A line shorter than a tenth is still a dot.
      if letter == "M" { add("h", [0]) }
      if isClosed { text += "z" }
    }

    private mutating func add(_ command: Character, _ numbers: [Int]) {
      let isRepeated = command == letter
      if !isRepeated { text.append(command) }
      letter = command
      for (index, number) in numbers.enumerated() {
        // A sign separates two numbers by itself.
        if number >= 0, index > 0 || isRepeated { text += " " }
        text += SVGPath.decimal(number)
      }
    }
  }

  fileprivate static func tenths(_ point: SIMD2<Double>) -> SIMD2<Int> {
    SIMD2(Int((point.x * 10).rounded()), Int((point.y * 10).rounded()))
  }

  /// Tenths as a decimal number: 12 is "1.2", -3 is "-.3".
  fileprivate static func decimal(_ tenths: Int) -> String {
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    let sign = tenths < 0 ? "-" : ""
    if rest == 0 { return sign + String(whole) }
    return sign + (whole == 0 ? "" : String(whole)) + "." + String(rest)
  }

  /// Douglas and Peucker's (1973) simplification.
  private static func simplified(_ points: [SIMD2<Double>], isClosed: Bool) -> [SIMD2<Double>] {
    guard points.count > 2 else { return points }
    var isKept = [Bool](repeating: false, count: points.count)
    var ranges: [(Int, Int)] = []
    if isClosed {
      // Two ends: the first point and the farthest from it.
      let far = points.indices.max { distance(points[$0], points[0]) < distance(points[$1], points[0]) } ?? 0
      isKept[far] = true
      ranges = [(0, far), (far, points.count - 1)]
    } else {
      ranges = [(0, points.count - 1)]
    }
    (isKept[0], isKept[points.count - 1]) = (true, true)
    while let (first, last) = ranges.popLast() {
      guard last > first + 1 else { continue }
      let (a, b) = (points[first], points[last])
      var (farthest, most) = (first, 0.0)
      for index in first + 1..<last {
        let deviation = segmentDistance(points[index], a, b)
        if deviation > most { (farthest, most) = (index, deviation) }
      }
      if most > tolerance {
        isKept[farthest] = true
        ranges += [(first, farthest), (farthest, last)]
      }
    }
    return points.indices.filter { isKept[$0] }.map { points[$0] }
  }

  private static func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    let d = a - b
    return (d * d).sum().squareRoot()
  }

  private static func segmentDistance(_ p: SIMD2<Double>, _ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    let along = b - a
    let length = (along * along).sum()
    guard length > 0 else { return distance(p, a) }
    let share = min(1, max(0, ((p - a) * along).sum() / length))
    return distance(p, a + along * share)
  }
}
