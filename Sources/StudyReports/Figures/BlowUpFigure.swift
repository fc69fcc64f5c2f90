import EnsembleAnalysis
import EnsembleStudies

/// Blow-up rates by variant and window.
enum BlowUpFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure {
    let panels = RowPanels(analysis, rowHeight: 22) { .line(colour: $0.colour, width: 3.6, dash: 1) }
    let highest = analysis.variants.flatMap {
      $0.windows.map { max($0.blowUps.upper, $0.blowUpRate?.upper ?? 0) }
    }
    let top = min(100, max(5, 100 * (highest.filter { $0 < 1 }.max() ?? 1) + 2))
    let script = panels.script(
      xlabel: "Forecasts that blew up (%)",
      setup: [
        "set xrange [\(GnuplotScript.number(-0.02 * top)):\(GnuplotScript.number(top))]",
        GnuplotScript.tics("x", 0, top),
      ],
      points: { model, window in
        model.blowUps[window].map { 100 * Double($0) / Double(model.forecasts) }
      }
    ) { script, window in
      analysis.variants.indices.flatMap { row -> [String] in
        let result = analysis.variants[row].windows[window]
        guard let rate = result.blowUps.value else { return [] }
        let name = "b\(row)w\(window)"
        let (wilson, bootstrap) = (result.blowUps, result.blowUpRate)
        script.data(
          name,
          [
            [
              100 * rate, panels.y(row), 100 * wilson.lower, 100 * wilson.upper,
              100 * (bootstrap?.lower ?? rate),
              100 * (bootstrap?.upper ?? rate),
            ]
          ])
        let colour = NetworkKind(analysis.variants[row]).colour
        return [
          "$\(name) using 5:2:($6-$5):(0) with vectors nohead lc rgb '\(colour)' lw 1.2",
          "$\(name) using 3:2:($4-$3):(0) with vectors nohead lc rgb '\(colour)' lw 3.6",
          "$\(name) using 1:2 with points pt 7 ps 0.55 lc rgb '\(colour)'",
          "$\(name) using 1:2 with points pt 7 ps 0.25 lc rgb '\(Palette.paper)'",
        ]
      }
    }
    return Figure(
      "blow-ups", title: "Forecasts that blew up, by variant and window",
      caption:
        "A forecast blows up in a window when at some step its mean deviation over the states is above 3 standard "
        + "deviations or not finite. Thick: Wilson's 95 % interval, which takes forecasts as independent; thin: two-way "
        + "bootstrap over members and trajectories, which doesn't."
        + analysis.publishedNote("shares of published forecasts,"),
      .gnuplot(script.text(name: "blow-ups")))
  }
}
