import EnsembleAnalysis
import EnsembleStudies

/// The frame of figures with a row for each variant and a panel for each window: names at the left, published models
/// below a line.
struct RowPanels {
  let analysis: StudyAnalysis
  let rowHeight: Double
  let width = 860.0
  private let nameWidth: Double
  private let published: [Published]

  init(_ analysis: StudyAnalysis, rowHeight: Double) {
    (self.analysis, self.rowHeight) = (analysis, rowHeight)
    published = analysis.isAluminiumCell ? Published.all : []
    nameWidth = min(
      230, max(90, Names.width(analysis.variants.map(\.variant.name) + published.map { "published: \($0.name)" })))
  }

  var rows: Int { analysis.variants.count + published.count }
  var height: Double { 78 + rowHeight * Double(rows) + (published.isEmpty ? 0 : 6) }

  /// The height of a row, 0 the first variant; published models are below all.
  func y(_ row: Int) -> Double { -Double(row) - (row >= analysis.variants.count ? 0.3 : 0) }

  /// A script with the panels; `fill` adds what a panel shows.
  func script(
    xlabel: String, setup: [String], points: (Published, Published.ForecastWindowKey) -> Double?,
    fill: (_ script: inout GnuplotScript, _ window: Int) -> [String]
  ) -> GnuplotScript {
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot")
    let panels = Double(analysis.windows.count)
    let gap = 14.0
    let panelWidth = (width - nameWidth - 16 - gap * (panels - 1)) / panels
    for command in setup { script.add(command) }
    let names =
      analysis.variants.indices.map { (Names.short(analysis.variants[$0].variant.name), y($0)) }
      + published.indices.map { ("published: " + published[$0].name, y(analysis.variants.count + $0)) }
    script.add("set yrange [\(GnuplotScript.number(y(rows - 1) - 0.6)):0.6]")
    script.add("unset key")
    for window in analysis.windows.indices {
      let left = nameWidth + Double(window) * (panelWidth + gap)
      script.panel(left: left, right: left + panelWidth, bottom: 42, top: height - 36)
      script.add("set border 1")
      script.add("set grid noytics xtics")
      let tics = names.map { "\(GnuplotScript.quoted(window == 0 ? $0.0 : "")) \(GnuplotScript.number($0.1))" }
      script.add("set ytics scale 0 (\(tics.joined(separator: ", ")))")
      script.add("set title \(GnuplotScript.quoted("steps \(analysis.windows[window])")) offset 0,-0.6 font ':Bold'")
      if window == 0 {
        script.add("set xlabel '' ")
        script.label(
          GnuplotScript.quoted(xlabel), x: nameWidth + (width - nameWidth - 16) / 2, y: 12, alignment: "center")
      } else {
        script.add("unset label")
      }
      var parts = fill(&script, window)
      let key = Published.ForecastWindowKey(
        from: analysis.windows[window].from, to: analysis.windows[window].to)
      let marks = published.enumerated().compactMap { index, model in
        points(model, key).map { [$0, y(analysis.variants.count + index)] }
      }
      if !marks.isEmpty {
        script.data("published\(window)", marks)
        parts.append("$published\(window) using 1:2 with points pt 12 ps 0.9 lw 1.4 lc rgb '\(Palette.ink)'")
      }
      script.plot(parts)
    }
    return script
  }

  /// A last empty plot with the key of the kinds of networks, at the top.
  func key(_ script: inout GnuplotScript, marker: String) {
    script.panel(left: 0, right: width, bottom: height - 20, top: height)
    for command in [
      "unset title", "unset xlabel", "unset tics", "unset border", "unset grid", "unset label", "set xrange [0:1]",
      "set yrange [0:1]",
      "set key at screen 0.985,\(GnuplotScript.number(1 - 9 / height)) right center horizontal samplen 1.2 width 1",
    ] { script.add(command) }
    var parts = NetworkKind.kinds(analysis).map {
      "NaN with \(marker) lc rgb '\($0.colour)' title \(GnuplotScript.quoted($0.name))"
    }
    if !published.isEmpty {
      parts.append("NaN with points pt 12 ps 0.9 lw 1.4 lc rgb '\(Palette.ink)' title 'published'")
    }
    script.plot(parts)
  }
}
