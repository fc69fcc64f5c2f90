import Foundation
import QueueCore
import QueueProtocol
import TextFormatting

/// A table that becomes a list of cards on narrow screens. ARIA roles are explicit, since browsers drop a table's semantics when
/// its `display` changes.
struct Table {
  struct Column {
    let title: String
    var isNumber = false
    /// Whether it takes a whole line of a card.
    var isWide = false

    fileprivate var styleOfNothing: HTML { isNumber ? " class=\"n nil\"" : " class=\"nil\"" }
    fileprivate var style: HTML { isNumber ? " class=\"n\"" : isWide ? " class=\"wide\"" : "" }
  }

  /// Rows under a common head.
  struct Group {
    let head: HTML?
    let rows: [[HTML]]
  }

  let caption: String
  let columns: [Column]
  let groups: [Group]

  init(_ caption: String, _ columns: [Column], _ groups: [Group]) {
    (self.caption, self.columns, self.groups) = (caption, columns, groups)
  }

  var html: HTML {
    let heads = columns.map { column -> HTML in
      "<th role=\"columnheader\" scope=\"col\"\(column.style)>\(column.title)</th>"
    }
    let bodies = groups.map { group -> HTML in
      let head: HTML =
        group.head.map {
          "<tr role=\"row\" class=\"group\"><th role=\"rowheader\" scope=\"rowgroup\" colspan=\"\(columns.count)\">\($0)</th></tr>"
        } ?? ""
      return "<tbody role=\"rowgroup\">\(head)\(group.rows.map(row))</tbody>"
    }
    return """
      <table role="table"><caption>\(caption)</caption>\
      <thead role="rowgroup"><tr role="row">\(heads)</tr></thead>\(bodies)</table>
      """
  }

  /// The first cell names its row.
  private func row(_ cells: [HTML]) -> HTML {
    let cells = zip(columns, cells).enumerated().map { place, cell -> HTML in
      let style = cell.1 == "–" ? cell.0.styleOfNothing : cell.0.style
      return place == 0
        ? "<th role=\"rowheader\" scope=\"row\"\(style)>\(cell.1)</th>"
        : "<td role=\"cell\" data-label=\"\(cell.0.title)\"\(style)>\(cell.1)</td>"
    }
    return "<tr role=\"row\">\(cells)</tr>\n"
  }
}

extension Table.Column {
  static func text(_ title: String) -> Table.Column { Table.Column(title: title) }
  static func wide(_ title: String) -> Table.Column { Table.Column(title: title, isWide: true) }
  static func number(_ title: String) -> Table.Column { Table.Column(title: title, isNumber: true) }
}

/// Small drawings of values that also stand beside them as text.
enum Drawings {
  /// A study's members as one bar: finished, failed, running, remaining.
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

/// Formats of losses, percentages and times.
enum Numbers {
  /// Three significant digits: “0.00421”.
  static func loss(_ value: Double) -> String {
    abs(value) >= 1e-4 && abs(value) < 1e5 || value == 0
      ? String(format: "%.3g", value) : String(format: "%.2e", value)
  }

  /// “46 %”; 100 only for a fraction of 1.
  static func percent(_ fraction: Double) -> String {
    "\(fraction >= 1 ? 100 : Int(100 * max(0, fraction))) %"
  }

  /// “2026-11-23 19:04:31”, in UTC.
  static func time(_ secondsSince1970: Double) -> String {
    parts(secondsSince1970, "%04d-%02d-%02d %02d:%02d:%02d")
  }

  /// “2026-11-23T19:04:31Z”
  static func isoTime(_ secondsSince1970: Double) -> String {
    parts(secondsSince1970, "%04d-%02d-%02dT%02d:%02d:%02dZ")
  }

  private static func parts(_ secondsSince1970: Double, _ format: String) -> String {
    var seconds = time_t(min(max(0, secondsSince1970), 2e11))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return String(
      format: format, parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
      parts.tm_sec)
  }
}
