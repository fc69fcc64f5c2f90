import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// Heat maps of learned input features of one variant.
enum FeatureFigure {
  static func figure(_ variant: VariantAnalysis, _ analysis: StudyAnalysis) -> Figure {
    let (outputs, inputs) = (analysis.outputNames, analysis.inputNames)
    let cell = max(18, min(30, 760 / Double(2 * inputs.count)))
    let (left, gap) = (46.0, 62.0)
    // The titles need some width, however few inputs there are.
    let (w, h) = (max(270, cell * Double(inputs.count)), max(20, cell * 0.8) * Double(outputs.count))
    let width = left + 2 * w + gap + 12
    let height = h + 104
    var script = GnuplotScript(width: width, height: height)
    let name = "features-\(variant.variant.name)"
    script.add("set multiplot")
    script.add("unset border; unset grid; unset colorbox")
    script.add(Palette.sequential)
    script.add("set xrange [-0.5:\(inputs.count).0-0.5]; set yrange [\(outputs.count).0-0.5:-0.5]")
    let size = cell >= 26 ? "8.5" : "7"
    for (panel, values) in [reach(variant), sensitivity(variant)].enumerated() {
      let x = left + Double(panel) * (w + gap)
      script.panel(left: x, right: x + w, bottom: 78, top: 78 + h)
      script.add("set xtics scale 0 offset 0,0.4 (\(tics(inputs)))")
      script.add("set ytics scale 0 offset 0.6,0 (\(tics(outputs)))")
      script.add(panel == 0 ? "set cbrange [0:100]" : "set cbrange [-3:1]")
      script.add(
        "set title "
          + (panel == 0
            ? "'Input reaches output (% of \(variant.members.count) members)'"
            : "'Sensitivity ∂output/∂input (median over members)'") + " offset 0,-0.6")
      script.data("d\(panel)", values.cells)
      for index in 1..<max(2, inputs.count) {
        script.add(
          "set arrow from \(index)-0.5,-0.5 to \(index)-0.5,\(outputs.count)-0.5 nohead lc rgb '\(Palette.paper)' lw 1.2 front"
        )
      }
      for index in 1..<max(2, outputs.count) {
        script.add(
          "set arrow from -0.5,\(index)-0.5 to \(inputs.count)-0.5,\(index)-0.5 nohead lc rgb '\(Palette.paper)' lw 1.2 front"
        )
      }
      for (output, row) in (analysis.truth?.arguments ?? []).enumerated() {
        for (input, isTrue) in row.enumerated() where isTrue {
          script.add(
            "set object rectangle center \(input),\(output) size 0.86,0.84 front fs empty border rgb '\(Palette.vermilion)' lw 1.5"
          )
        }
      }
      for (output, row) in values.texts.enumerated() {
        for (input, text) in row.enumerated() where !text.isEmpty {
          let dark = values.cells[output * inputs.count + input][2] > (panel == 0 ? 55 : -0.8)
          script.add(
            "set label '\(text)' at \(input),\(output) center font ',\(size)' tc rgb '\(dark ? "#fefefe" : "#202020")' front"
          )
        }
      }
      script.plot(["$d\(panel) using 1:2:3 with image pixels"])
      script.add("unset arrow; unset object; unset label")
    }
    addKey(&script, analysis, left: left, second: left + w + gap, width: w)
    return Figure(
      name, title: "Learned input features of \(variant.variant.name)",
      caption: caption(variant, analysis), .gnuplot(script.text(name: name)))
  }

  private static func tics(_ names: [String]) -> String {
    names.enumerated().map { "\(GnuplotScript.ticLabel(Names.short($0.element, to: 6))) \($0.offset)" }
      .joined(separator: ", ")
  }

  private static func reach(_ variant: VariantAnalysis) -> (cells: [[Double]], texts: [[String]]) {
    let table = variant.features.reachFrequency
    let cells = table.enumerated().flatMap { output, row in
      row.enumerated().map { [Double($0), Double(output), 100 * ($1.value ?? 0)] }
    }
    let texts = table.map { row in
      row.map { $0.count == 0 ? "" : String(format: "%.0f", 100 * ($0.value ?? 0)) }
    }
    return (cells, texts)
  }

  /// Decadic logarithms from 0.001 to 10; a dot: a consensus feature.
  private static func sensitivity(_ variant: VariantAnalysis) -> (cells: [[Double]], texts: [[String]]) {
    let consensus = variant.features.consensus.first?.features ?? []
    let cells = variant.features.sensitivity.enumerated().flatMap { output, row in
      row.enumerated().map { [Double($0), Double(output), $1 > 0 ? max(-3, min(1, log10($1))) : -3] }
    }
    let texts = variant.features.sensitivity.enumerated().map { output, row in
      row.enumerated().map { input, value in
        consensus.indices.contains(output) && consensus[output][input] ? "●" : ""
      }
    }
    return (cells, texts)
  }

  private static func addKey(
    _ script: inout GnuplotScript, _ analysis: StudyAnalysis, left: Double, second: Double, width: Double
  ) {
    // Two colour bars, made of small plots of their own.
    for (panel, x) in [left, second].enumerated() {
      script.panel(left: x, right: x + width * 0.55, bottom: 36, top: 44)
      let range = panel == 0 ? (0.0, 100.0) : (-3.0, 1.0)
      script.data(
        "bar\(panel)",
        (0..<128).map { index in
          let share = Double(index % 64) / 63
          return [
            range.0 + (range.1 - range.0) * share, Double(index / 64), range.0 + (range.1 - range.0) * share,
          ]
        })
      script.add("unset title; set xrange [\(range.0):\(range.1)]; set yrange [0:1]; unset ytics")
      script.add(
        panel == 0
          ? "set cbrange [0:100]; set xtics scale 0 offset 0,0.4 ('0 %%' 0, '50 %%' 50, '100 %%' 100) font ',9.5'"
          : "set cbrange [-3:1]; set xtics scale 0 offset 0,0.4 ('≤ 0.001' -3, '0.01' -2, '0.1' -1, '1' 0, '10' 1) font ',9.5'"
      )
      script.plot(["$bar\(panel) using 1:2:3 with image pixels"])
    }
    script.panel(left: left, right: second + width, bottom: 0, top: 18)
    script.add("unset tics; set xrange [0:1]; set yrange [0:1]")
    if analysis.truth != nil {
      script.add(
        "set object rectangle at screen \(GnuplotScript.number((left + 7) / script.width)),\(GnuplotScript.number(10 / script.height)) size screen \(GnuplotScript.number(12 / script.width)),\(GnuplotScript.number(11 / script.height)) fs empty border rgb '\(Palette.vermilion)' lw 1.5"
      )
      script.label("'argument of the true equation'", x: left + 18, y: 10, size: 10)
    }
    script.label("'●  consensus feature'", x: second, y: 10, size: 10)
    script.plot(["NaN"])
    script.add("unset label; unset object")
  }

  private static func caption(_ variant: VariantAnalysis, _ analysis: StudyAnalysis) -> String {
    var text =
      "Left: in how many members the input reaches the output through the weights left. Right: root-mean-square derivative "
      + "over \(analysis.data.pointCount) test samples, in "
      + "standardised units, logarithmic. Dots: consensus features, chosen by a rule that doesn't use the truth "
      + "(\(ConsensusRule.primary.words))."
      + (variant.variant.hiddenStates > 0 ? " " + HiddenStateEffects.sentence : "")
    if let score = variant.features.scores.first {
      text +=
        " Against the true arguments (outlined): precision \(score.precision.count) of \(score.precision.total), recall "
        + "\(score.recall.count) of \(score.recall.total)."
    }
    return text
  }
}
