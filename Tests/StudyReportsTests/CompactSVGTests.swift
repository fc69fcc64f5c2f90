import Foundation
import Testing

@testable import StudyReports

/// The points of a path of the commands that ``SVGPath`` writes, one list for each subpath; curves by their ends.
private func points(_ commands: String) throws -> [[SIMD2<Double>]] {
  let token = /([MhvlczZ])|(-?\d*\.?\d+)/
  var paths: [[SIMD2<Double>]] = []
  var (letter, numbers) = ("", [Double]())
  var at = SIMD2<Double>()
  func step(_ count: Int) -> [Double]? {
    guard numbers.count == count else { return nil }
    defer { numbers = [] }
    return numbers
  }
  for match in commands.matches(of: token) {
    if let name = match.1 {
      #expect(numbers.isEmpty, "numbers left over in \(commands)")
      letter = String(name)
      continue
    }
    numbers.append(try #require(match.2.flatMap { Double(String($0)) }))
    switch letter {
    case "M":
      guard let new = step(2) else { continue }
      at = SIMD2(new[0], new[1])
      paths.append([])
    case "h":
      guard let new = step(1) else { continue }
      at.x += new[0]
    case "v":
      guard let new = step(1) else { continue }
      at.y += new[0]
    case "l":
      guard let new = step(2) else { continue }
      at += SIMD2(new[0], new[1])
    case "c":
      guard let new = step(6) else { continue }
      at += SIMD2(new[4], new[5])
    default: Issue.record("unexpected number in \(commands)")
    }
    paths[paths.count - 1].append(at)
  }
  return paths
}

private func distance(_ p: SIMD2<Double>, toLineThrough points: [SIMD2<Double>]) -> Double {
  zip(points, points.dropFirst()).map { a, b in
    let along = b - a
    let length = (along * along).sum()
    let share = length > 0 ? min(1, max(0, ((p - a) * along).sum() / length)) : 0
    let d = p - (a + along * share)
    return (d * d).sum().squareRoot()
  }.min() ?? .infinity
}

@Suite struct CompactSVGTests {
  /// Half a tenth of rounding in each coordinate, and the tolerance of the simplification.
  @Test func linesStayWhereTheyWere() throws {
    let original: [SIMD2<Double>] = (0...499).map { index in
      SIMD2(58 + 0.4533 * Double(index), 100 + 40 * sin(Double(index) / 30))
    }
    let text = "M" + original.map { "\($0.x),\($0.y)" }.joined(separator: " L")
    let path = try #require(SVGPath(text))
    let commands = path.commands
    let drawn = try points(commands)
    #expect(drawn.count == 1)
    let allowed = SVGPath.tolerance + 0.05 * 2.0.squareRoot()
    for point in original { #expect(distance(point, toLineThrough: drawn[0]) < allowed + 1e-9) }
    for point in drawn[0] { #expect(distance(point, toLineThrough: original) < allowed + 1e-9) }
    #expect(commands.utf8.count < text.utf8.count / 5)
  }

  @Test func impulsesStay() throws {
    let path = try #require(SVGPath("M0,50 L10,50 L20,50 L20.1,10 L20.2,50 L30,50 L40,50"))
    let drawn = try points(path.commands)[0]
    #expect(drawn.contains { abs($0.y - 10) < 1e-9 })
    #expect(
      drawn.first == [0, 50] && drawn.last.map { abs($0.x - 40) < 1e-9 && abs($0.y - 50) < 1e-9 } == true)
    #expect(drawn.count == 5)
  }

  @Test func roundingErrorsDoNotAddUp() throws {
    // Each step is 0.24, which alone would round to 0.2.
    var text = "M0,0"
    for index in 1...200 { text += " L\(0.24 * Double(index)),\(index % 2)" }
    let path = try #require(SVGPath(text))
    let last = try #require(points(path.commands)[0].last)
    #expect(abs(last.x - 48) < 0.051)
  }

  @Test(arguments: [
    ("M1,1 L1.02,1.01", "M1 1h0"), ("M5,5", ""), ("M0,0 L-0.5,0 L-0.5,-.5 Z", "M0 0h-.5v-.5z"),
    (
      "M42.29,-318.91C74.58,-292.66 302.83,-106.99 334.79,-81.02",
      "M42.3-318.9c32.3 26.2 260.5 211.9 292.5 237.9"
    ),
    ("M0,0 L10,0 M0,5 L10,5", "M0 0h10M0 5h10"), ("M0,0 L1,1 L3,0", "M0 0l1 1 2-1"),
  ])
  func commands(original: String, compact: String) throws {
    #expect(try #require(SVGPath(original)).commands == compact)
  }

  @Test(arguments: ["M0,0 q1,1 2,2", "1,2", "M0,0 L1,x", "L1,1", "M0,0 h2"])
  func otherPathsAreLeftAlone(commands: String) { #expect(SVGPath(commands) == nil) }

  /// Shapes keep what they inherited, in the order in which they are painted.
  @Test func propertiesAreInherited() throws {
    let body = try #require(
      CompactSVG.body(
        of: """
          <svg viewBox="0 0 9 9"><title>x</title><!-- a > b --><defs><circle id='gpDot' r='0.5'/><path id='gpPt0' d='M0,0 h2'/>
          <use xlink:href='#gpPt0' id='gpPt1'/></defs>
          <g fill="none" color="black" stroke="currentColor" stroke-width="0.80" stroke-linecap="round">
          <path stroke='rgb( 96,  96,  96)'  d='M1.00,1.00 L5.00,1.00  '/>
          <g transform="translate(2.04,3.00)" stroke="none" fill="rgb(48,48,48)" font-family="Liberation Sans:Bold" font-size="9.00">
          <text><tspan font-family="Liberation Sans" font-weight="bold" >a &lt; b</tspan></text></g></g>
          <g fill="none" color="black" stroke="currentColor" stroke-width="0.80">
          <path stroke='rgb( 96,  96,  96)'  d='M1.00,2.00 L5.00,2.00  '/><path stroke='#606060' d='M1,3 L5,3'/><path d='M7,7 '/>
          <use xlink:href='#gpPt1' transform='translate(4.04,6.06) scale(2.06)' color='rgb(255, 0, 0)'/></g></svg>
          """))
    let root = try #require(SVGElement(document: "<svg>\(body)</svg>")).elements[0]
    #expect(root["stroke-linecap"] == "round" && root["font-family"] == "Liberation Sans")
    let parts = root.elements
    #expect(parts.map(\.name) == ["defs", "path", "text", "path", "use"])
    #expect(parts[0].elements.compactMap { $0["id"] } == ["gpPt0", "gpPt1"])
    #expect(parts[1]["d"] == "M1 1h4" && parts[1]["stroke"] == "#606060" && parts[1]["fill"] == "none")
    #expect(parts[1]["stroke-width"] == ".8")
    #expect(
      parts[2]["x"] == "2" && parts[2]["y"] == "3" && parts[2]["fill"] == "#303030"
        && parts[2]["stroke"] == nil)
    #expect(parts[2].text.contains("<tspan font-weight=\"bold\">a &lt; b</tspan>"))
    #expect(parts[3]["d"] == "M1 2h4M1 3h4")
    #expect(parts[4]["transform"] == "translate(4,6.1)scale(2.06)" && parts[4]["color"] == "#ff0000")
  }

  /// Where translucent lines cross, each is painted for itself.
  @Test func translucentLinesAreNotMerged() throws {
    let line = "<path fill=\"none\" stroke=\"#0072b2\" stroke-opacity=\"0.792157\" d=\"M0,0 L5,5\"/>"
    let body = try #require(CompactSVG.body(of: "<svg>\(line)\(line)</svg>"))
    #expect(body.components(separatedBy: "<path").count == 3 && body.contains("stroke-opacity=\".79\""))
  }

  /// Upright rectangles of a map overlap by a tenth, so that no seam shows between them.
  @Test func crispRectanglesOverlap() throws {
    let body = try #require(
      CompactSVG.body(
        of: "<svg><g shape-rendering='crispEdges'><polygon fill='#111111' points='0,2 1,2 1,0 0,0'/>"
          + "<polygon fill='#222222' points='1,2 2,2 2,0 1,0'/></g></svg>"))
    let group = try #require(SVGElement(document: "<svg>\(body)</svg>")).elements[0].elements[0]
    #expect(group["shape-rendering"] == "crispEdges")
    #expect(group.elements.map { $0["d"] } == ["M0 2.1h1.1v-2.1h-1.1z", "M1 2.1h1.1v-2.1h-1.1z"])
    #expect(group.elements.map { $0["fill"] } == ["#111111", "#222222"])
  }

  @Test(arguments: ["", "<svg", "<svg><g></svg", "<svg a=b/>", "text"])
  func damagedDocumentsAreNotUnderstood(document: String) { #expect(CompactSVG.body(of: document) == nil) }
}
