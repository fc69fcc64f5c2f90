import Foundation

extension GnuplotScript {
  /// Tics of a logarithmic axis on which decadic logarithms are drawn, with labels at 1, 2 and 5 times the powers of
  /// ten where there are few decades.
  static func roundTics(_ axis: String, _ range: ClosedRange<Double>) -> String {
    let width = range.upperBound - range.lowerBound
    if width > 2.5 { return decades(axis, range) }
    if width < 0.5 { return linearTics(axis, range) }
    let decades = Int(range.lowerBound.rounded(.down))...Int(range.upperBound.rounded(.up))
    let labels = decades.flatMap { decade in
      (1...9).map { digit in
        let value = Double(digit) * pow(10, Double(decade))
        // Powers of ten take room.
        let isLabelled = digit == 1 || [2, 5].contains(digit) && (width < 1.5 || (-2...4).contains(decade))
        let text = isLabelled ? roundNumber(digit, decade) : ""
        return "'\(text)' \(number(log10(value))) \(text.isEmpty ? 1 : 0)"
      }
    }
    return "set \(axis)tics (\(labels.joined(separator: ", ")))"
  }

  /// Tics at four to eight round numbers, for an axis so short that it is nearly linear.
  private static func linearTics(_ axis: String, _ range: ClosedRange<Double>) -> String {
    let (low, high) = (pow(10, range.lowerBound), pow(10, range.upperBound))
    let rough = max(high - low, high * 1e-6) / 5
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.last { $0 <= rough } ?? power
    let first = Int((low / step).rounded(.up))
    let last = max(first, Int((high / step).rounded(.down)))
    let labels = (first...last).map { multiple in
      let value = Double(multiple) * step
      return "'\(number(value))' \(number(log10(value)))"
    }
    return "set \(axis)tics (\(labels.joined(separator: ", ")))"
  }

  private static func roundNumber(_ digit: Int, _ decade: Int) -> String {
    if (-2...4).contains(decade) { return number(Double(digit) * pow(10, Double(decade))) }
    return (digit == 1 ? "" : "\(digit)·") + "10^{\(decade)}"
  }
}
