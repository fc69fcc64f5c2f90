import EnsembleAnalysis
import EnsembleStudies
import StudyFiles
import TextFormatting

/// The page of a report: self-contained, without script, light or dark as the reader's system, fit for print. It is
/// well-formed XML, too.
struct Page {
  let analysis: StudyAnalysis
  let tables: [Table]
  /// Figures with their drawn SVG; nil: it couldn't be drawn.
  let figures: [(figure: Figure, svg: String?)]
  /// Figures that couldn't be drawn, and the remedy.
  let notes: [String]
  /// Where the files are, relative to the page.
  let files: String

  /// A section: title, names of tables, and of figures (all that begin with a name that ends in a hyphen).
  private static let sections: [(id: String, title: String, tables: [String], figures: [String])] = [
    (
      "complexity-and-error", "Complexity and error",
      ["complexity", "frontier", "penalty-paths", "debiasing"],
      ["frontier", "penalty-path-"]
    ),
    (
      "generalisation", "Generalisation", ["errors", "blow-ups", "comparisons"],
      ["errors", "blow-ups", "training-size"]
    ),
    ("training", "Training stability", ["stability", "noise"], ["curves"]),
    (
      "features", "Learned input features", ["agreement", "consensus-rules", "lags"],
      ["consensus", "features-"]
    ),
    ("structure", "Structure", ["structures"], ["network-"]),
    ("forecasts", "Ensemble forecasts", ["ensembles"], ["calibration", "forecast-"]),
    ("run", "The run", [], ["timeline"]),
  ]

  var text: String {
    let title = "Potline: \(HTML.escaped(analysis.study.name))"
    let shown = Self.sections.filter { section in
      section.tables.contains { table($0) != nil } || !figures(section.figures).isEmpty
    }
    var body = header
    body += "<nav aria-label=\"Sections\"><a href=\"#verdicts\">Verdicts</a>"
    body += shown.map { "<a href=\"#\($0.id)\">\($0.title)</a>" }.joined() + "</nav>\n"
    for note in notes { body += "<p class=\"note\">\(HTML.escaped(note))</p>\n" }
    body += verdicts
    for section in shown {
      body += "<section id=\"\(section.id)\"><h2>\(section.title)</h2>\n"
      for name in section.tables { if let table = table(name) { body += html(table) } }
      for drawn in figures(section.figures) { body += html(drawn) }
      body += "</section>\n"
    }
    body += Self.methods(analysis)
    return """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/><title>\(title)</title>
      <style>\(Style.sheet)</style></head>
      <body><main>
      \(body)</main></body></html>

      """
  }

  private func table(_ name: String) -> Table? {
    tables.first { $0.name == name && !$0.rows.isEmpty }
  }

  private func figures(_ names: [String]) -> [(figure: Figure, svg: String?)] {
    names.flatMap { name in
      figures.filter { $0.figure.name == name || name.hasSuffix("-") && $0.figure.name.hasPrefix(name) }
    }
  }

  private var header: String {
    let study = analysis.study
    let finished = analysis.variants.reduce(0) { $0 + $1.members.count }
    let failed = analysis.variants.reduce(0) { $0 + $1.failed }
    var text = "<header><h1>\(HTML.escaped(study.name))</h1>\n"
    if let description = study.description { text += "<p class=\"lead\">\(HTML.escaped(description))</p>\n" }
    let signals = analysis.data.signals
    text +=
      "<p>\(analysis.variants.count) variants, \(finished) trained members"
      + (failed > 0 ? " and \(failed) that failed" : "")
      + ", \(signals.count(.training)) training and \(signals.count(.test)) test trajectories of "
      + "\(signals.stateNames.count) states and \(signals.inputNames.count) inputs, sampled every "
      + "\(Numbers.plain(signals.samplingTime)) s. Study seed \(study.seed).</p>\n"
    if let best = analysis.best, let median = best.horizon.median {
      text +=
        "<p>The best variant is <strong>\(HTML.escaped(best.variant.name))</strong>: \(best.horizon.blowUps.count) of "
        + "\(best.horizon.blowUps.total) forecasts blew up, median error \(Numbers.text(median)) over steps "
        + "\(best.horizon.window), with \(Numbers.text(best.complexity.weights?.estimate ?? .nan)) weights left.</p>\n"
    }
    return text + "</header>\n"
  }

  private var verdicts: String {
    guard let table = table("verdicts") else { return "" }
    var text =
      "<section id=\"verdicts\"><h2>Verdicts</h2>\n<div class=\"table\"><table class=\"verdicts\"><caption>"
    text += "\(HTML.escaped(table.caption))</caption>\n<thead><tr>"
    text +=
      table.header.map { "<th scope=\"col\">\(HTML.escaped($0))</th>" }.joined() + "</tr></thead><tbody>\n"
    for (index, row) in table.rows.enumerated() {
      let repeats = index > 0 && table.rows[index - 1][0] == row[0]
      text += "<tr><th scope=\"row\">\(repeats ? "" : HTML.escaped(row[0]))</th>"
      text += row[1...3].map { "<td>\(HTML.escaped($0))</td>" }.joined()
      let mark = row[4] == "supported" ? "✓" : row[4] == "undecided" ? "?" : "✗"
      let kind = row[4].replacing(" ", with: "-")
      text += "<td class=\"\(kind)\"><span>\(mark) \(row[4])</span></td></tr>\n"
    }
    return text + "</tbody></table></div>\(link(table))</section>\n"
  }

  private func html(_ table: Table) -> String {
    var text =
      "<div class=\"table\" id=\"table-\(table.name)\"><table><caption><b>\(HTML.escaped(table.title)).</b> "
    text += "\(HTML.escaped(table.caption))</caption>\n<thead><tr>"
    text +=
      table.header.map { "<th scope=\"col\">\(HTML.escaped($0))</th>" }.joined() + "</tr></thead><tbody>\n"
    for row in table.rows {
      text += "<tr><th scope=\"row\">\(HTML.escaped(row[0]))</th>"
      text += row.dropFirst().map { "<td>\(HTML.escaped($0))</td>" }.joined() + "</tr>\n"
    }
    return text + "</tbody></table></div>\(link(table))"
  }

  private func link(_ table: Table) -> String {
    "<p class=\"files\"><a href=\"\(files)/tables/\(table.name).csv\">\(table.name).csv</a></p>\n"
  }

  private func html(_ drawn: (figure: Figure, svg: String?)) -> String {
    let figure = drawn.figure
    let links = ["svg", "pdf", "png"].map {
      "<a href=\"\(files)/figures/\(figure.name).\($0)\">\($0.uppercased())</a>"
    }
    let picture = drawn.svg.map { InlineSVG.text($0, figure: figure) } ?? "<p class=\"note\">Not drawn.</p>"
    return
      "<figure id=\"figure-\(figure.name)\">\(picture)<figcaption><b>\(HTML.escaped(figure.title)).</b> "
      + "\(HTML.escaped(figure.caption))"
      + (drawn.svg == nil ? "" : " <span class=\"files\">\(links.joined(separator: " · "))</span>")
      + "</figcaption></figure>\n"
  }
}
