import Foundation
import QueueCore
import QueueProtocol
import TextFormatting

/// Small pictures that say again what stands beside them in words.
enum Drawings {
  /// A study's members as one bar: finished, failed, running; the rest is to come.
  static func bar(_ study: StudyStatus) -> HTML {
    let width = 120.0
    let total = Double(max(1, study.total - study.cancelled))
    var (at, rects): (Double, [HTML]) = (0, [])
    for (style, count) in [("done", study.finished), ("failed", study.failed), ("running", study.running)]
    where count > 0 {
      let length = width * Double(count) / total
      rects.append(
        "<rect class=\"\(style)\" x=\"\(number(at))\" y=\"0\" width=\"\(number(length))\" height=\"8\"/>")
      at += length
    }
    return """
      <svg class="bar" viewBox="0 0 \(number(width)) 8" preserveAspectRatio="none" aria-hidden="true">\
      <rect class="track" x="0" y="0" width="\(number(width))" height="8"/>\(rects)</svg>
      """
  }

  /// A loss over the steps; logarithmic if no loss is 0 or less. Nothing below two points.
  static func sparkline(_ curve: LossCurve) -> HTML {
    let points = curve.points
    guard let first = points.first, let last = points.last, points.count > 1, last.step > first.step else {
      return ""
    }
    let isLogarithmic = points.allSatisfy { $0.loss > 0 }
    let heights = points.map { isLogarithmic ? log10($0.loss) : $0.loss }
    let (low, high) = (heights.min() ?? 0, heights.max() ?? 0)
    let scale = high > low ? 18 / (high - low) : 0
    let path: String = zip(points, heights).map { point, height -> String in
      let x = 2 + 92 * Double(point.step - first.step) / Double(last.step - first.step)
      return "\(number(x)),\(number(21 - (height - low) * scale))"
    }.joined(separator: " ")
    let end = 21 - (heights[heights.count - 1] - low) * scale
    let title: String =
      "Loss from \(Numbers.loss(first.loss)) after \(NumberText.grouped(first.step)) steps to "
      + "\(Numbers.loss(last.loss)) after \(NumberText.grouped(last.step))"
      + (isLogarithmic ? ", logarithmic" : "")
    let ending = number(end)
    return """
      <svg class="spark" viewBox="0 0 100 24" role="img" aria-label="\(title)"><title>\(title)</title>\
      <polyline points="\(path)"/><circle cx="94" cy="\(ending)" r="2"/></svg>
      """
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
