import DynamicalSystems
import EnsembleAnalysis
import EnsembleStudies
import TrajectoryData

/// The frame of figures with a row for each variant and a panel for each window: names at the left, published models
/// below a line.
struct RowPanels {
  let analysis: StudyAnalysis
  let rowHeight: Double
  let width = 860.0
  private let nameWidth: Double
  private let published: [PublishedForecasts]
  private let key: FigureKey

  /// - Parameter mark: how a kind of network is marked in the key.
  init(_ analysis: StudyAnalysis, rowHeight: Double, mark: (NetworkKind) -> FigureKey.Mark) {
    (self.analysis, self.rowHeight) = (analysis, rowHeight)
    published = analysis.published
    nameWidth = max(
      90, Names.width(analysis.variants.map(\.variant.name) + published.map { "published: \($0.model)" }))
    var key = FigureKey()
    for kind in NetworkKind.kinds(analysis) { key.add(mark(kind), kind.name) }
    if !published.isEmpty { key.add(.point(type: 12, size: 0.7, colour: Palette.ink), "published") }
    self.key = key
  }

  var rows: Int { analysis.variants.count + published.count }
  var height: Double { 74 + key.height(in: width) + rowHeight * Double(rows) + (published.isEmpty ? 0 : 6) }

  /// The height of a row, 0 the first variant; published models are below all.
  func y(_ row: Int) -> Double { -Double(row) - (row >= analysis.variants.count ? 0.3 : 0) }

  /// A script with the panels; `fill` adds what a panel shows.
  func script(
    xlabel: String, setup: [String], points: (PublishedForecasts, ForecastWindow) -> Double?,
    fill: (_ script: inout GnuplotScript, _ window: Int) -> [String]
  ) -> GnuplotScript {
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot")
    let panels = Double(analysis.windows.count)
    let gap = 20.0
    let panelWidth = (width - nameWidth - 16 - gap * (panels - 1)) / panels
    for command in setup { script.add(command) }
    let names =
      analysis.variants.indices.map { (Names.short(analysis.variants[$0].variant.name), y($0)) }
      + published.indices.map { ("published: " + published[$0].model, y(analysis.variants.count + $0)) }
    script.add("set yrange [\(GnuplotScript.number(y(rows - 1) - 0.6)):0.6]")
    script.add("unset key")
    for window in analysis.windows.indices {
      let left = nameWidth + Double(window) * (panelWidth + gap)
      script.panel(left: left, right: left + panelWidth, bottom: 48, top: height - 24 - key.height(in: width))
      script.add("set border 1")
      script.add("set grid noytics xtics")
      let tics = names.map {
        "\(GnuplotScript.ticLabel(window == 0 ? $0.0 : "")) \(GnuplotScript.number($0.1))"
      }
      script.add("set ytics scale 0 (\(tics.joined(separator: ", ")))")
      script.add("set title \(GnuplotScript.quoted("steps \(analysis.windows[window])")) offset 0,-0.6")
      if window == 0 {
        script.label(
          GnuplotScript.quoted(xlabel), x: nameWidth + (width - nameWidth - 16) / 2, y: 12,
          alignment: "center")
      } else {
        script.add("unset label")
      }
      var parts = fill(&script, window)
      let marks = published.enumerated().compactMap { index, model in
        points(model, analysis.windows[window]).map { [$0, y(analysis.variants.count + index)] }
      }
      if !marks.isEmpty {
        script.data("published\(window)", marks)
        parts.append("$published\(window) using 1:2 with points pt 12 ps 0.7 lw 1.2 lc rgb '\(Palette.ink)'")
      }
      script.plot(parts.isEmpty ? ["NaN"] : parts)
    }
    key.finish(&script)
    return script
  }
}
