import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// Distributions of forecast errors by variant and window.
enum ErrorFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure {
    let panels = RowPanels(analysis, rowHeight: 30) { .band(colour: $0.colour, opacity: 0.6) }
    let logs = analysis.variants.map {
      $0.windows.map { $0.errors.finite.filter { $0 > 0 }.map { log10($0) } }
    }
    let all = logs.joined().joined()
    let published = analysis.published.flatMap { $0.medianError.values.map { log10($0) } }
    let (low, high) = ((all.min() ?? -2) - 0.1, (all.max() ?? 0) + 0.1)
    let range = min(low, (published.min() ?? low) - 0.1)...max(high, low + 0.5)
    let script = panels.script(
      xlabel: "AN-RFMAE: mean over steps and states of |error| / σ, logarithmic",
      setup: [
        "set xrange [\(GnuplotScript.number(range.lowerBound)):\(GnuplotScript.number(range.upperBound))]",
        GnuplotScript.decades("x", range),
      ],
      points: { $0.medianError[$1].map { log10($0) } }
    ) { script, window in
      analysis.variants.indices.flatMap { row -> [String] in
        let values = logs[row][window]
        guard values.count >= 2, let shape = Density(values).violin(at: panels.y(row), height: 0.42) else {
          return []
        }
        let name = "v\(row)w\(window)"
        script.data(name, shape)
        let quartiles = Quantiles.quantiles([0.25, 0.5, 0.75], of: values).map { $0 ?? .nan }
        script.data("q" + name, [[quartiles[0], panels.y(row), quartiles[2] - quartiles[0], quartiles[1]]])
        let colour = NetworkKind(analysis.variants[row]).colour
        return [
          "$\(name) using 1:2 with filledcurves closed fs transparent solid 0.55 border lc rgb '\(colour)' lc rgb '\(colour)' lw 0.8",
          "$q\(name) using 1:2:3:(0) with vectors nohead lc rgb '\(Palette.ink)' lw 2.4",
          "$q\(name) using 4:2 with points pt 7 ps 0.5 lc rgb '\(Palette.ink)'",
          "$q\(name) using 4:2 with points pt 7 ps 0.3 lc rgb '\(Palette.paper)'",
        ]
      }
    }
    return Figure(
      "errors", title: "Distribution of forecast errors by variant and window",
      caption:
        "Each violin is the distribution over members and test trajectories of the error of forecasts that did not blow "
        + "up in the window; bar: quartiles, dot: median. A variant whose forecasts blow up often is judged by its "
        + "best ones here; see the blow-ups beside it." + analysis.publishedNote("medians"),
      .gnuplot(script.text(name: "errors")))
  }
}

/// A Gaussian kernel density.
struct Density {
  private let values: [Double]
  private let bandwidth: Double

  /// Bandwidth by Silverman's (1986) rule, 0.9 min(s, IQR / 1.34) n^(−1/5).
  init(_ values: [Double]) {
    self.values = values
    let summary = Summary(of: values)
    let quartiles = Quantiles.quantiles([0.25, 0.75], of: values).map { $0 ?? 0 }
    let spread =
      [summary.standardDeviation ?? 0, (quartiles[1] - quartiles[0]) / 1.34].filter { $0 > 0 }.min() ?? 0.01
    bandwidth = max(1e-3, 0.9 * spread * pow(Double(max(1, values.count)), -0.2))
  }

  /// The outline of a violin between the least and the largest value, closed; nil without values.
  func violin(at y: Double, height: Double, points: Int = 60) -> [[Double]]? {
    guard let low = values.min(), let high = values.max() else { return nil }
    let xs = (0..<points).map { low + (high - low) * Double($0) / Double(points - 1) }
    // No more than 400 values make the outline: every k-th of the sorted ones.
    let sorted = values.sorted()
    let step = max(1, sorted.count / 400)
    let used = stride(from: step / 2, to: sorted.count, by: step).map { sorted[$0] }
    let densities = xs.map { x in
      used.reduce(0) { $0 + exp(-0.5 * ((x - $1) / bandwidth) * ((x - $1) / bandwidth)) }
    }
    let peak = densities.max() ?? 1
    let upper = zip(xs, densities).map { [$0, y + height * $1 / peak] }
    let lower = zip(xs, densities).reversed().map { [$0, y - height * $1 / peak] }
    return upper + lower
  }
}
