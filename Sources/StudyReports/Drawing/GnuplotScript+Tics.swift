import Foundation

extension GnuplotScript {
  /// Tics of a logarithmic axis on which decadic logarithms are drawn, with labels at 1, 2 and 5 times the powers of
  /// ten where there are few decades.
  static func roundTics(_ axis: String, _ range: ClosedRange<Double>) -> String {
    if range.upperBound - range.lowerBound > 2.5 { return decades(axis, range) }
    let decades = Int(range.lowerBound.rounded(.down))...Int(range.upperBound.rounded(.up))
    let labels = decades.flatMap { decade in
      (1...9).map { digit in
        let value = Double(digit) * pow(10, Double(decade))
        let text = [1, 2, 5].contains(digit) ? roundNumber(digit, decade) : ""
        return "'\(text)' \(number(log10(value))) \(text.isEmpty ? 1 : 0)"
      }
    }
    return "set \(axis)tics (\(labels.joined(separator: ", ")))"
  }

  private static func roundNumber(_ digit: Int, _ decade: Int) -> String {
    if (-2...4).contains(decade) { return number(Double(digit) * pow(10, Double(decade))) }
    return (digit == 1 ? "" : "\(digit)·") + "10^{\(decade)}"
  }
}
