import Foundation

/// Numbers and durations in text.
package enum NumberText {
  /// “104,000”, “-12”.
  package static func grouped(_ number: Int) -> String { grouped(digits: String(number)) }

  /// The decimal digits of a whole number, perhaps after a minus sign, with a comma before each group of three.
  package static func grouped(digits: String) -> String {
    var digits = digits
    let first = digits.hasPrefix("-") ? 1 : 0
    var place = digits.count - 3
    while place > first {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return digits
  }

  /// A number of 0 or more, rounded to three digits if it has more: “104,000”, “7”. Not a number counts as 0; at most
  /// 10^15.
  package static func wholeRate(_ value: Double) -> String {
    let value = value.isNaN ? 0 : min(max(value, 0), 1e15)
    let unit = pow(10, max(0, floor(log10(max(value, 1))) - 2))
    return grouped(Int((value / unit).rounded() * unit))
  }

  /// Three significant digits: “104,000”, “9.81”; “–” for zero.
  package static func rate(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "–" }
    if value < 10 { return String(format: "%.2f", value) }
    return value < 1e15 ? wholeRate(value) : String(format: "%.2e", value)
  }

  /// “3.2 s”, “4 min 10 s”, “2 h 5 min”, “3 d 4 h”; “–” if it isn't finite.
  ///
  /// - Parameter hasTenths: Whether less than ten seconds are shown with a tenth.
  package static func duration(_ seconds: Double, hasTenths: Bool = true) -> String {
    guard seconds.isFinite else { return "–" }
    if hasTenths, seconds < 9.95 { return String(format: "%.1f s", max(0, seconds)) }
    let whole = Int(min(max(0, seconds), 1e12).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
  }
}
