import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// Error against weights left.
enum FrontierFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure? {
    let variants = analysis.variants.filter { !$0.members.isEmpty && $0.horizon.median != nil }
    guard !variants.isEmpty else { return nil }
    var script = GnuplotScript(width: 860, height: 430)
    let peers = analysis.folder.peers.filter { $0.error != nil }
    var parts: [String] = []
    var xs = peers.map { log10(Double($0.terms)) }, ys = peers.compactMap { $0.error.map(log10) }
    for (index, variant) in variants.enumerated() {
      let colour = NetworkKind(variant).colour
      let members = zip(variant.complexity.byMember, variant.stability.memberMedians).compactMap {
        weights, error in
        error.flatMap { weights > 0 && $0 > 0 ? [log10(Double(weights)), log10($0)] : nil }
      }
      xs += members.map { $0[0] }
      ys += members.map { $0[1] }
      script.data("m\(index)", members)
      parts.append("$m\(index) using 1:2 with points pt 7 ps 0.3 lc rgb '#99\(colour.dropFirst())' notitle")
    }
    for path in analysis.penaltySeries {
      let points = path.variants.compactMap { point(analysis.variants[$0]) }
      guard points.count >= 2 else { continue }
      let name = "p\(path.variants[0])"
      script.data(name, points)
      let colour = NetworkKind(analysis.variants[path.variants[0]]).colour
      parts.append("$\(name) using 1:2 with lines lw 1.2 dt 2 lc rgb '\(colour)' notitle")
    }
    for (index, variant) in variants.enumerated() {
      guard let point = point(variant) else { continue }
      let kind = NetworkKind(variant)
      script.data("v\(index)", [point])
      parts += [
        "$v\(index) using 1:2:3:4:5:6 with xyerrorbars pt 0 lw 1 lc rgb '\(kind.colour)' notitle",
        "$v\(index) using 1:2 with points pt \(kind.point) ps 0.8 lc rgb '\(kind.colour)' notitle",
      ]
    }
    let families = Self.families(peers)
    for (index, family) in families.enumerated() {
      let points = family.map { [log10(Double($0.terms)), log10($0.error ?? .nan)] }.sorted { $0[0] < $1[0] }
      script.data("peers\(index)", points)
      parts.append(
        "$peers\(index) using 1:2 with linespoints pt \(12 - 2 * (index % 3)) ps 0.8 lw 1.2 dt 3 lc rgb '\(Palette.ink)' notitle"
      )
    }
    var key = FigureKey()
    for kind in NetworkKind.kinds(analysis) {
      key.add(.point(type: kind.point, size: 0.8, colour: kind.colour), kind.name)
    }
    if !analysis.penaltySeries.isEmpty {
      key.add(.line(colour: Palette.axis, width: 1.2, dash: 2), "penalty path")
    }
    for (index, family) in families.enumerated() {
      key.add(.point(type: 12 - 2 * (index % 3), size: 0.8, colour: Palette.ink), family[0].name)
    }
    let (x, y) = (range(xs), range(ys))
    script.panel(left: 70, right: 845, bottom: 58, top: 390)
    script.add("set xrange [\(GnuplotScript.number(x.lowerBound)):\(GnuplotScript.number(x.upperBound))]")
    script.add("set yrange [\(GnuplotScript.number(y.lowerBound)):\(GnuplotScript.number(y.upperBound))]")
    script.add(GnuplotScript.roundTics("x", x))
    script.add(GnuplotScript.roundTics("y", y))
    script.add("set xlabel 'Weights left\(peers.isEmpty ? "" : " (terms of other models)")'")
    script.add("set errorbars 0; set errorbars lc rgb '\(Palette.axis)'")
    script.add(
      "set ylabel 'Median AN-RFMAE, steps \(analysis.windows[analysis.windows.count - 1])' offset 0.5,0")
    key.draw(&script)
    for label in labels(variants, x, y) { script.add(label) }
    script.plot(parts)
    return Figure(
      "frontier", title: "Error against weights left",
      caption:
        "Large: mean of the weights left and median error over the whole horizon of forecasts that did not blow up, with "
        + "95 % intervals; small: members. Better is lower left. Variants with blow-ups are marked with their rate."
        + (analysis.folder.peers.isEmpty
          ? " scripts/compare-peers sindy DIR adds polynomials that PySINDy fits to the same data."
          : families.map { " \($0[0].name): \($0[0].source)." }.joined()),
      .gnuplot(script.text(name: "frontier")))
  }

  /// Models by name, in the order of the first of each.
  private static func families(_ peers: [PeerModel]) -> [[PeerModel]] {
    var names: [String] = []
    for peer in peers where !names.contains(peer.name) { names.append(peer.name) }
    return names.map { name in peers.filter { $0.name == name } }
  }

  private static func point(_ variant: VariantAnalysis) -> [Double]? {
    guard let weights = variant.complexity.weights, let error = variant.horizon.median, weights.estimate > 0
    else {
      return nil
    }
    return [
      weights.estimate, error.estimate, weights.lower, weights.upper, error.lower, error.upper,
    ].map { log10($0) }
  }

  private static func range(_ values: [Double]) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let margin = max(0.08, 0.06 * (high - low))
    return low - margin...high + margin
  }

  /// Names beside the points, moved apart where they would overlap; none if there are more than twelve.
  private static func labels(
    _ variants: [VariantAnalysis], _ x: ClosedRange<Double>, _ y: ClosedRange<Double>
  ) -> [String] {
    guard variants.count <= 12 else { return [] }
    var taken: [(left: Double, right: Double, y: Double)] = []
    return variants.compactMap { variant in
      guard let point = point(variant) else { return nil }
      let rate = variant.horizon.blowUps.value ?? 0
      let text = Names.short(variant.variant.name) + (rate > 0 ? " (\(Numbers.percent(rate)) blew up)" : "")
      let width = TextWidth.of(text, size: 10)
      let px = 70 + 775 * (point[0] - x.lowerBound) / (x.upperBound - x.lowerBound)
      let py = 58 + 332 * (point[1] - y.lowerBound) / (y.upperBound - y.lowerBound)
      let onLeft = px + 12 + width > 845
      let left = onLeft ? px - 12 - width : px + 12
      var place = py + 9
      while taken.contains(where: { abs($0.y - place) < 12 && $0.left < left + width && left < $0.right }) {
        place += 12
      }
      taken.append((left, left + width, place))
      return
        "set label \(GnuplotScript.quoted(text)) at screen \(GnuplotScript.number((onLeft ? px - 12 : px + 12) / 860)),"
        + "\(GnuplotScript.number(place / 430)) \(onLeft ? "right" : "left") font ',10' tc rgb '\(Palette.ink)' front"
    }
  }
}
