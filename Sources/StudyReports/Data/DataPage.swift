import Files
import Foundation
import TextFormatting
import TrajectoryData

/// Writes a page about data files: their columns with numbers, notes, and the signals drawn.
package struct DataPage {
  private let surveys: [TableSurvey]

  package init(_ surveys: [TableSurvey]) { self.surveys = surveys }

  /// Most signals of a file that are drawn.
  private static let drawnSignals = 36

  /// Writes data.html and figures/ into a folder.
  ///
  /// - Returns: the page's path, and notes about figures that couldn't be drawn.
  /// - Throws: `FileError` if a file can't be written.
  package func write(
    to folder: String, gnuplot: DrawingProgram = .gnuplot
  ) throws -> (page: String, notes: [String]) {
    try Folder.make(folder)
    let figures = surveys.enumerated().compactMap { index, survey in
      figure(survey, name: "signals-\(index + 1)")
    }
    let (drawn, notes) = try FigureDrawing(folder: folder + "/figures", gnuplot: gnuplot).draw(figures)
    var body: HTML = "<header><h1>Data</h1></header>\n"
    for note in notes { body += "<p class=\"note\">\(note)</p>\n" }
    for (index, survey) in surveys.enumerated() {
      body += "<section><h2>\(URL(fileURLWithPath: survey.file).lastPathComponent)</h2>\n"
      body += "<p>\(survey.rowCount) rows, \(survey.columns.count) columns; \(survey.summary)</p>\n"
      for line in survey.samplingLines { body += "<p>\(line)</p>\n" }
      for note in survey.notes { body += "<p class=\"note\">\(note)</p>\n" }
      body += Self.table(survey)
      if let figure = drawn.first(where: { $0.figure.name == "signals-\(index + 1)" }), let svg = figure.svg {
        body += "<figure>\(HTML(stringLiteral: InlineSVG.text(svg, figure: figure.figure)))<figcaption>"
        body += "\(figure.figure.caption)</figcaption></figure>\n"
      }
      body += "</section>\n"
    }
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/><title>Potline: data</title>
      <style>\(HTML(stringLiteral: Style.sheet))</style></head>
      <body><main>
      \(body)</main></body></html>

      """
    try AtomicFile.write(Array(page.text.utf8), to: folder + "/data.html")
    return (folder + "/data.html", notes)
  }

  private static func table(_ survey: TableSurvey) -> HTML {
    var html: HTML = "<div class=\"table\"><table><thead><tr>"
    for name in [
      "column", "unit", "values", "missing", "least", "greatest", "mean", "deviation", "resolution",
      "S/N (dB)",
    ] { html += "<th scope=\"col\">\(name)</th>" }
    html += "</tr></thead><tbody>\n"
    for column in survey.columns.prefix(1000) {
      html += "<tr><th scope=\"row\">\(column.name)</th><td>\(column.unit ?? "")</td>"
      var cells = ["text", "", "", "", "", "", "", ""]
      if let summary = column.summary {
        cells = ["\(summary.count)", "\(summary.missing)"]
        cells +=
          summary.count == 0
          ? ["", "", "", ""]
          : [summary.least, summary.greatest, summary.mean, summary.deviation].map {
            String(format: "%.5g", $0)
          }
        cells += [column.resolution, column.signalToNoise].map { $0.map { String(format: "%.4g", $0) } ?? "" }
      }
      for cell in cells { html += "<td>\(cell)</td>" }
      html += "</tr>\n"
    }
    html += "</tbody></table></div>\n"
    return html
  }

  /// A panel for each signal, over the rows of the file; nil without signals.
  private func figure(_ survey: TableSurvey, name: String) -> Figure? {
    let drawn = survey.columns.filter { $0.summary?.count ?? 0 > 0 }.prefix(Self.drawnSignals)
    guard !drawn.isEmpty else { return nil }
    let (width, cell, columns) = (860.0, 116.0, 3)
    let rows = (drawn.count + columns - 1) / columns
    let height = 36 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot; set border 3")
    script.add("set xrange [0:\(GnuplotScript.number(Double(max(1, survey.rowCount - 1))))]")
    for (index, column) in drawn.enumerated() {
      guard let summary = column.summary else { continue }
      let panel = (width - 24) / Double(columns)
      let left = 6 + Double(index % columns) * panel + 56
      let top = height - 20 - Double(index / columns) * cell
      script.panel(
        left: left, right: 12 + Double(index % columns + 1) * panel - 6, bottom: top - cell + 26, top: top)
      let title = Names.short(column.name, to: 40) + (column.unit.map { " (\($0))" } ?? "")
      script.add("set title \(GnuplotScript.quoted(title)) offset 0,-0.8 font 'Liberation Sans,10'")
      let isLast = index + columns >= drawn.count
      script.add(
        "set xtics font ',9' \(isLast ? "format '%g'" : "format ''"); set ytics font ',9' format '%g'")
      script.add("set xlabel \(isLast ? "'Row'" : "''") offset 0,0.5 font ',10'")
      let (low, high) = (summary.least, summary.greatest)
      let margin = high > low ? 0.07 * (high - low) : max(1e-9, abs(high)) * 0.1
      script.add("set yrange [\(GnuplotScript.number(low - margin)):\(GnuplotScript.number(high + margin))]")
      script.add(GnuplotScript.tics("y", low, high))
      let envelope = summary.envelope
      script.data(
        "s\(index)",
        zip(envelope.least, envelope.greatest).enumerated().flatMap { part, ends in
          let row = Double(part * envelope.width)
          return ends.0 == ends.1
            ? [[row, ends.0]] : [[row, ends.0], [row + Double(envelope.width) / 2, ends.1]]
        })
      script.plot(["$s\(index) using 1:2 with lines lw 0.9 lc rgb '\(Palette.blue)'"])
    }
    return Figure(
      name, title: "Signals",
      caption:
        "The signals of the file over its rows: the least and the greatest value of equal parts of the rows. Gaps are "
        + "missing values.", .gnuplot(script.text(name: name)))
  }
}
