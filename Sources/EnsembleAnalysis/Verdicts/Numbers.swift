import Foundation
import TextFormatting

/// Numbers in text: three digits that count, typographic minus and ranges.
package enum Numbers {
  /// "0.0306", "12.3", "4,410", "∞".
  package static func text(_ value: Double, digits: Int = 3) -> String {
    if value.isNaN { return "–" }
    if value.isInfinite { return value > 0 ? "∞" : "−∞" }
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if magnitude >= 1e6 || magnitude < 1e-4 {
      let parts = String(format: "%.\(digits - 1)e", value).split(separator: "e")
      let exponent = Int(parts[1]) ?? 0
      return minus("\(parts[0])·10") + superscript(exponent)
    }
    let exponent = Int(floor(log10(magnitude)))
    let decimals = max(0, digits - 1 - exponent)
    return minus(grouped(String(format: "%.\(decimals)f", value)))
  }

  /// "10", "0.5": a number that was given, not measured: all its digits.
  package static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : minus("\(value)")
  }

  /// "0.031 (0.028–0.034)"
  package static func text(_ interval: Interval?, digits: Int = 3) -> String {
    guard let interval else { return "–" }
    return
      "\(text(interval.estimate, digits: digits)) (\(range(interval.lower, interval.upper, digits: digits)))"
  }

  /// "0.028–0.034"; with a minus in it "−0.2 to 0.1".
  package static func range(_ lower: Double, _ upper: Double, digits: Int = 3) -> String {
    let joint = lower < 0 || upper < 0 ? " to " : "–"
    return text(lower, digits: digits) + joint + text(upper, digits: digits)
  }

  /// "12.4 %" of a share.
  package static func percent(_ share: Double) -> String {
    share.isNaN ? "–" : minus(percentDigits(share)) + " %"
  }

  /// "12.4 % (10.1–15.0 %)" of shares.
  package static func percent(_ interval: Interval?) -> String {
    guard let interval else { return "–" }
    return percent(interval.estimate) + " (\(percentRange(interval.lower, interval.upper)))"
  }

  /// "10.1–15.0 %"
  package static func percentRange(_ lower: Double, _ upper: Double) -> String {
    let joint = lower < 0 || upper < 0 ? " to " : "–"
    return minus(percentDigits(lower)) + joint + minus(percentDigits(upper)) + " %"
  }

  private static func percentDigits(_ share: Double) -> String {
    let value = 100 * share
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") && (abs(value) >= 99.95 || abs(value) < 0.05)
      ? String(format: "%.0f", abs(value)) : text
  }

  private static func minus(_ text: String) -> String { text.replacingOccurrences(of: "-", with: "−") }

  private static func grouped(_ text: String) -> String {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let first = parts[0].hasPrefix("-") ? 1 : 0
    guard parts[0].count - first > 4 else { return text }
    return ([NumberText.grouped(digits: String(parts[0]))] + parts.dropFirst().map(String.init))
      .joined(separator: ".")
  }

  private static func superscript(_ number: Int) -> String {
    let digits: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
      "9": "⁹",
    ]
    return String(String(number).map { digits[$0] ?? $0 })
  }
}
