/// A figure's key: marks and words in rows at the top, of which each takes the width that it needs.
struct FigureKey {
  /// A mark.
  enum Mark {
    case point(type: Int, size: Double, colour: String)
    case line(colour: String, width: Double, dash: Int)
    case band(colour: String, opacity: Double)
  }

  private var items: [(mark: Mark, text: String)] = []
  static let rowHeight = 17.0

  /// Adds an entry.
  mutating func add(_ mark: Mark, _ text: String) { items.append((mark, text)) }

  private func width(_ text: String) -> Double { 24 + TextWidth.of(text, size: 10.5) + 18 }

  /// The entries by row, for a figure of a width.
  private func rows(_ width: Double) -> [[(mark: Mark, text: String)]] {
    var rows: [[(mark: Mark, text: String)]] = [[]]
    var used = 0.0
    for item in items {
      let own = self.width(item.text)
      if used + own > width - 24, !rows[rows.count - 1].isEmpty {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(item)
      used += own
    }
    return rows
  }

  /// The height that the key takes in a figure of a width.
  func height(in width: Double) -> Double { 6 + Self.rowHeight * Double(rows(width).count) }

  /// Adds the key to the next plot of a script, aligned to the right, below the upper edge.
  func draw(_ script: inout GnuplotScript) {
    for (row, entries) in rows(script.width).enumerated() {
      let total = entries.reduce(0) { $0 + width($1.text) } - 18
      var x = script.width - 14 - total
      let y = script.height - 12 - Self.rowHeight * Double(row)
      for entry in entries {
        draw(entry.mark, x: x, y: y, &script)
        script.label(GnuplotScript.quoted(entry.text), x: x + 24, y: y, size: 10.5)
        x += width(entry.text)
      }
    }
  }

  private func draw(_ mark: Mark, x: Double, y: Double, _ script: inout GnuplotScript) {
    func place(_ x: Double, _ y: Double) -> String {
      "screen \(GnuplotScript.number(x / script.width)),\(GnuplotScript.number(y / script.height))"
    }
    switch mark {
    case .point(let type, let size, let colour):
      script.add(
        "set label '' at \(place(x + 10, y)) point pt \(type) ps \(GnuplotScript.number(size)) lw 1.2 lc rgb '\(colour)'"
      )
    case .line(let colour, let width, let dash):
      script.add(
        "set arrow from \(place(x, y)) to \(place(x + 20, y)) nohead lw \(GnuplotScript.number(width)) dt \(dash) lc rgb '\(colour)' front"
      )
    case .band(let colour, let opacity):
      script.add(
        "set object rectangle from \(place(x, y - 5)) to \(place(x + 20, y + 5)) fs transparent solid "
          + "\(GnuplotScript.number(opacity)) noborder fc rgb '\(colour)' front")
    }
  }

  /// Draws the key as the last, otherwise empty plot of a multiplot.
  func finish(_ script: inout GnuplotScript) {
    script.panel(left: 0, right: script.width, bottom: 0, top: script.height)
    script.add(
      "unset title; unset xlabel; unset ylabel; unset tics; unset border; unset grid; unset label; unset arrow; unset object"
    )
    script.add("unset key; set offsets; set xrange [0:1]; set yrange [0:1]")
    draw(&script)
    script.plot(["NaN"])
  }
}

/// The width of a text in Liberation Sans (that is, Arial's), nearly.
enum TextWidth {
  /// In points.
  static func of(_ text: String, size: Double = 11) -> Double {
    size * text.reduce(0.0) { $0 + width($1) }
  }

  private static func width(_ character: Character) -> Double {
    switch character {
    case "i", "j", "l", "'", "|": 0.23
    case " ", ".", ",", ":", ";", "f", "t", "I", "/", "!", "(", ")", "-", "r", "[", "]": 0.31
    case "m", "M", "%", "W", "@", "—", "→": 0.88
    case "w", "C", "D", "G", "H", "N", "O", "Q", "R", "U": 0.73
    case "A"..."Z", "&", "∂", "σ": 0.67
    case "c", "k", "s", "v", "x", "y", "z", "J": 0.5
    default: 0.556
    }
  }
}
