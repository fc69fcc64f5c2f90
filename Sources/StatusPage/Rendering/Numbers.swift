import Foundation

/// Numbers for people.
enum Numbers {
  /// “104,000”
  static func grouped(_ number: Int) -> String {
    var digits = String(abs(number))
    var at = digits.count - 3
    while at > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: at))
      at -= 3
    }
    return (number < 0 ? "-" : "") + digits
  }

  /// Three digits that count: “104,000”, “9.81”; “–” for zero.
  static func rate(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "–" }
    if value < 10 { return String(format: "%.2f", value) }
    let unit = pow(10, max(0, floor(log10(value)) - 2))
    return value < 1e15 ? grouped(Int((value / unit).rounded() * unit)) : String(format: "%.2e", value)
  }

  /// Three digits that count: “0.00421”.
  static func loss(_ value: Double) -> String {
    abs(value) >= 1e-4 && abs(value) < 1e5 || value == 0
      ? String(format: "%.3g", value) : String(format: "%.2e", value)
  }

  /// “3.2 s”, “4 min 10 s”, “2 h 5 min”, “3 d 4 h”
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "–" }
    if seconds < 9.95 { return String(format: "%.1f s", max(0, seconds)) }
    let whole = Int(min(seconds, 1e12).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
  }

  /// “46 %”; 100 only when all is done.
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
