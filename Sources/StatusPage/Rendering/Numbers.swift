import Foundation

/// Numbers for people.
enum Numbers {
  /// Three digits that count: “0.00421”.
  static func loss(_ value: Double) -> String {
    abs(value) >= 1e-4 && abs(value) < 1e5 || value == 0
      ? String(format: "%.3g", value) : String(format: "%.2e", value)
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
