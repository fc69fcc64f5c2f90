import EnsembleAnalysis

/// One try of a job by a worker.
package struct WorkerSpan: Sendable, Equatable {
  /// The worker, "host/1f3a".
  package var worker: String
  /// Start and end in seconds, from any origin.
  package var start: Double
  /// End.
  package var end: Double
  /// Whether a result came out.
  package var isFinished: Bool

  /// A span.
  package init(worker: String, start: Double, end: Double, isFinished: Bool) {
    (self.worker, self.start, self.end, self.isFinished) = (worker, start, end, isFinished)
  }
}

/// Which worker was at work when.
enum TimelineFigure {
  static func figure(_ spans: [WorkerSpan]) -> Figure? {
    guard let first = spans.map(\.start).min(), let last = spans.map(\.end).max(), last > first else {
      return nil
    }
    var workers: [String] = []
    for span in spans.sorted(by: { ($0.start, $0.worker) < ($1.start, $1.worker) })
    where !workers.contains(span.worker) {
      workers.append(span.worker)
    }
    let (width, row) = (860.0, workers.count > 40 ? 10.0 : 20.0)
    let height = 90 + row * Double(workers.count)
    var script = GnuplotScript(width: width, height: height)
    let (scale, unit) = last - first > 5400 ? (3600.0, "h") : last - first > 120 ? (60, "min") : (1, "s")
    let left = Names.width(workers)
    script.panel(left: left, right: width - 16, bottom: 54, top: height - 28)
    let tics = workers.enumerated().map { "\(GnuplotScript.ticLabel(Names.short($0.element))) \(-$0.offset)" }
    script.add("set ytics scale 0 (\(workers.count > 40 ? "" : tics.joined(separator: ", ")))")
    script.add(
      "set yrange [\(-workers.count).0+0.4:0.6]; set xrange [0:\(GnuplotScript.number((last - first) / scale))]"
    )
    script.add("set border 1; set grid noytics xtics; set xlabel 'Time since the first job began (\(unit))'")
    var key = FigureKey()
    var parts: [String] = []
    for (index, finished) in [true, false].enumerated() {
      let boxes = spans.filter { $0.isFinished == finished }.map { span -> [Double] in
        let y = -Double(workers.firstIndex(of: span.worker) ?? 0)
        return [(span.start - first) / scale, (span.end - first) / scale, y - 0.36, y + 0.36]
      }
      let (colour, title) =
        finished ? (Palette.blue, "finished") : (Palette.vermilion, "ended without a result")
      guard !boxes.isEmpty else { continue }
      script.data("t\(index)", boxes.sorted { ($0[0], $0[2]) < ($1[0], $1[2]) })
      parts.append(
        "$t\(index) using 1:3:1:2:3:4 with boxxyerror fs transparent solid 0.6 border lc rgb '\(colour)' lc rgb '\(colour)' lw 0.6"
      )
      key.add(.band(colour: colour, opacity: 0.6), title)
    }
    key.draw(&script)
    script.plot(parts)
    return Figure(
      "timeline", title: "Who trained when",
      caption:
        "Each box is one attempt at one member by one worker process, \(workers.count) in all. White between boxes is time "
        + "in which a worker had nothing to do.", .gnuplot(script.text(name: "timeline")))
  }
}
