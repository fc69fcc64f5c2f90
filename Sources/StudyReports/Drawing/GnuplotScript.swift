import Foundation

/// A gnuplot script in the making. It holds its own data, so that a reader can change it and draw again:
/// `gnuplot errors.gp` writes errors.svg, errors.pdf and errors.png beside it.
struct GnuplotScript {
  /// Size in points; in the SVG a point is a pixel.
  let width: Double
  let height: Double
  private var blocks: [String] = []
  private var commands: [String] = []

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  /// A block of data: rows of numbers; an empty row is an empty line.
  mutating func data(_ name: String, _ rows: [[Double]]) {
    let lines = rows.map { $0.map(Self.number).joined(separator: " ") }
    blocks.append("$\(name) << EOD\n" + lines.joined(separator: "\n") + "\nEOD")
  }

  /// One or more commands.
  mutating func add(_ command: String) { commands.append(command) }

  /// A plot of several parts.
  mutating func plot(_ parts: [String]) { commands.append("plot " + parts.joined(separator: ", \\\n  ")) }

  /// A panel's place: its axes' edges, in points from the lower left corner of the figure.
  mutating func panel(left: Double, right: Double, bottom: Double, top: Double) {
    for (name, value, all) in [
      ("lmargin", left, width), ("rmargin", right, width), ("bmargin", bottom, height),
      ("tmargin", top, height),
    ] { add("set \(name) at screen \(Self.number(value / all))") }
  }

  /// Text at a point of the figure, in points from the lower left corner; until `unset label`.
  mutating func label(
    _ text: String, x: Double, y: Double, alignment: String = "left", size: Double = 11, bold: Bool = false,
    colour: String = Palette.ink
  ) {
    let font = "Liberation Sans" + (bold ? ":Bold" : "")
    add(
      "set label \(text) at screen \(Self.number(x / width)),\(Self.number(y / height)) \(alignment) "
        + "font '\(font),\(Self.number(size))' tc rgb '\(colour)'")
  }

  /// The text of the script for a figure of that name.
  func text(name: String) -> String {
    let (w, h) = (Self.number(width), Self.number(height))
    let fileName = name.replacing("\n", with: " ")
    // A prefix of identifiers in the SVG.
    let identifier = String(name.unicodeScalars.map { Self.isPlain($0) ? Character($0) : "_" })
    return """
      # Drawn by Potline; `gnuplot \(fileName).gp` draws it again.
      \(blocks.joined(separator: "\n"))
      do for [format in "svg pdf png"] {
      reset
      if (format eq "svg") { set terminal svg size \(w),\(h) dynamic enhanced font 'Liberation Sans,11' linewidth 1 rounded background '#ffffff' name '\(identifier)' }
      if (format eq "pdf") { set terminal pdfcairo size \(w)/72.*1in,\(h)/72.*1in enhanced font 'Liberation Sans,11' fontscale 0.75 pointscale 1.5 linewidth 1 rounded background '#ffffff' }
      if (format eq "png") { set terminal pngcairo size 2*\(w),2*\(h) enhanced font 'Liberation Sans,11' fontscale 1.5 pointscale 3 linewidth 2 rounded background '#ffffff' }
      set encoding utf8
      set output '\(fileName.replacing("'", with: "''")).'.format
      set border 3 lc rgb '\(Palette.axis)' lw 0.8
      set tics out nomirror scale 0.5,0.25 textcolor rgb '\(Palette.ink)'
      set xtics offset 0,0.2
      set title font 'Liberation Sans:Bold,11' textcolor rgb '\(Palette.ink)'
      unset key
      set grid lc rgb '\(Palette.grid)' lw 0.5 lt 1 back
      set errorbars lc rgb '\(Palette.ink)'
      set xlabel offset 0,0.4 textcolor rgb '\(Palette.ink)'
      set ylabel textcolor rgb '\(Palette.ink)'
      \(commands.joined(separator: "\n"))
      unset multiplot
      unset output
      }

      """
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
  }

  /// A text as gnuplot reads it: in single quotes, in which nothing is run or replaced, its markup escaped.
  static func quoted(_ text: String) -> String { "'" + escaped(text) + "'" }

  /// A text with gnuplot's markup escaped, to stand in single quotes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "'": result += "’"
      case "`": result += "‘"
      case "\\": result += "∖"
      case "^", "_", "{", "}", "@", "~", "&": result += "\\\(character)"
      case _ where character.isNewline: result += " "
      default: result.append(character)
      }
    }
    return result
  }

  /// A tic's label, which is a format, too.
  static func ticLabel(_ text: String) -> String { quoted(text.replacingOccurrences(of: "%", with: "%%")) }

  /// Tics of a linear axis at three to five round numbers.
  static func tics(_ axis: String, _ low: Double, _ high: Double) -> String {
    guard high > low, low.isFinite, high.isFinite else { return "set \(axis)tics auto" }
    let rough = (high - low) / 3.5
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.min { abs(log($0 / rough)) < abs(log($1 / rough)) } ?? power
    return "set \(axis)tics \(number(step))"
  }

  /// A number as gnuplot reads it: six digits that count; "NaN" if it isn't finite.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "NaN" }
    if value == value.rounded(), abs(value) < 1e9 { return String(Int(value)) }
    return String(format: "%.6g", value)
  }

  /// Tics of a logarithmic axis on which decadic logarithms are drawn: labels at the decades, small tics between.
  static func decades(_ axis: String, _ range: ClosedRange<Double>, labelled: Bool = true) -> String {
    let first = Int(range.lowerBound.rounded(.down))
    let last = Int(range.upperBound.rounded(.up))
    let labels = (first...max(first, last)).map { decade in
      guard labelled else { return "'' \(decade)" }
      let text = (-2...2).contains(decade) ? number(pow(10, Double(decade))) : "10^{\(decade)}"
      return "'\(text)' \(decade)"
    }
    let minor = (first...max(first, last)).flatMap { decade in
      (2...9).map { "'' \(number(Double(decade) + log10(Double($0)))) 1" }
    }
    return "set \(axis)tics (\((labels + minor).joined(separator: ", ")))"
  }
}
