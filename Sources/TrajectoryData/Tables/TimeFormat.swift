/// How times of day and dates are written: ISO 8601, or a pattern such as `dd/MM/yyyy HH.mm.ss`.
package struct TimeFormat: Sendable, Equatable {
  /// The pattern, or `iso`.
  package let pattern: String
  private let parts: [Part]

  private enum Part: Sendable, Equatable {
    /// Year, month, day, hour, minute, second, with the least and the greatest number of digits.
    case number(Unit, Int, Int)
    /// A point or comma and digits, or nothing.
    case fraction
    /// Z, or an offset such as +02:00, or nothing.
    case offset
    case literal(UInt8)
  }

  private enum Unit: Int, Sendable {
    case year, month, day, hour, minute, second
  }

  /// ISO 8601 with or without time of day, seconds, fraction and offset; T or a blank between date and time.
  package static let iso = TimeFormat(pattern: "iso", parts: [])

  private init(pattern: String, parts: [Part]) { (self.pattern, self.parts) = (pattern, parts) }

  /// A pattern of yyyy or yy, MM or M, dd or d, HH or H, mm, ss and SSS (digits of a second, any number), XXX (an offset),
  /// and other characters as they stand; nil if it has a unit twice, another letter, or neither a whole date nor an hour.
  package init?(pattern: String) {
    if pattern == "iso" {
      self = .iso
      return
    }
    var parts: [Part] = []
    var rest = Array(pattern.utf8)[...]
    var units: Set<Int> = []
    while let letter = rest.first {
      let run = rest.prefix { $0 == letter }.count
      let unit: Unit? =
        switch letter {
        case UInt8(ascii: "y"): .year
        case UInt8(ascii: "M"): .month
        case UInt8(ascii: "d"): .day
        case UInt8(ascii: "H"): .hour
        case UInt8(ascii: "m"): .minute
        case UInt8(ascii: "s"): .second
        default: nil
        }
      if let unit {
        guard units.insert(unit.rawValue).inserted else { return nil }
        parts.append(unit == .year ? .number(unit, run, max(run, 2)) : .number(unit, 1, 2))
        rest = rest.dropFirst(run)
      } else if letter == UInt8(ascii: "S") || letter == UInt8(ascii: "X") {
        // The mark before the digits belongs to the fraction.
        if letter == UInt8(ascii: "S"), let last = parts.last,
          last == .literal(UInt8(ascii: ".")) || last == .literal(UInt8(ascii: ","))
        {
          parts.removeLast()
        }
        parts.append(letter == UInt8(ascii: "S") ? .fraction : .offset)
        rest = rest.dropFirst(run)
      } else {
        guard !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter & 0xDF) || letter == UInt8(ascii: "T")
        else { return nil }
        parts.append(.literal(letter))
        rest = rest.dropFirst()
      }
    }
    let date: Set<Int> = [0, 1, 2]
    guard units.isSuperset(of: date) || (units.isDisjoint(with: date) && units.contains(Unit.hour.rawValue))
    else { return nil }
    self.init(pattern: pattern, parts: parts)
  }

  /// Whether a time has a date; else it counts from midnight.
  package var hasDate: Bool {
    parts.isEmpty
      || parts.contains {
        if case .number(.year, _, _) = $0 { true } else { false }
      }
  }

  /// Whole seconds after 1970-01-01 00:00 (UTC if there is an offset), or after midnight, and the fraction of a second;
  /// nil if the text is not such a time.
  package func parse(_ text: some Collection<UInt8>) -> (seconds: Int64, fraction: Double)? {
    var reader = TextReader(Array(text))
    var values = [0, 1, 1, 0, 0, 0]
    var fraction = 0.0
    var offset = 0
    if parts.isEmpty {
      guard let time = iso(&reader, &values) else { return nil }
      (fraction, offset) = time
    } else {
      for part in parts {
        switch part {
        case .number(let unit, let least, let most):
          guard var number = reader.number(least...most) else { return nil }
          if unit == .year, most == 2 { number += number < 70 ? 2000 : 1900 }
          values[unit.rawValue] = number
        case .fraction: fraction = reader.fraction() ?? 0
        case .offset:
          guard let seconds = reader.offset() else { return nil }
          offset = seconds
        case .literal(let byte): guard reader.take(byte) else { return nil }
        }
      }
    }
    guard reader.isAtEnd, (1...12).contains(values[1]),
      (1...Self.days(values[0], values[1])).contains(values[2]),
      values[3] < 24 || (values[3] == 24 && values[4] == 0 && values[5] == 0), values[4] < 60, values[5] <= 60
    else { return nil }
    let days = hasDate ? Self.daysSince1970(values[0], values[1], values[2]) : 0
    return (Int64(days * 86_400 + values[3] * 3600 + values[4] * 60 + values[5] - offset), fraction)
  }

  private func iso(_ reader: inout TextReader, _ values: inout [Int]) -> (Double, Int)? {
    guard let year = reader.number(4...4) else { return nil }
    let isExtended = reader.take(UInt8(ascii: "-"))
    guard let month = reader.number(2...2), !isExtended || reader.take(UInt8(ascii: "-")),
      let day = reader.number(2...2)
    else { return nil }
    (values[0], values[1], values[2]) = (year, month, day)
    if reader.isAtEnd { return (0, 0) }
    guard reader.take(UInt8(ascii: "T")) || reader.take(UInt8(ascii: "t")) || reader.take(UInt8(ascii: " ")),
      let hour = reader.number(1...2)
    else { return nil }
    values[3] = hour
    var fraction = 0.0
    if reader.take(UInt8(ascii: ":")) || (!isExtended && !reader.isAtEnd) {
      guard let minute = reader.number(2...2) else { return nil }
      values[4] = minute
      if reader.take(UInt8(ascii: ":")) || (!isExtended && reader.isAtDigit) {
        guard let second = reader.number(2...2) else { return nil }
        values[5] = second
        fraction = reader.fraction() ?? 0
      }
    }
    guard let offset = reader.offset() else { return nil }
    return (fraction, offset)
  }

  private static func days(_ year: Int, _ month: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Days of the proleptic Gregorian calendar, with years that begin in March.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

private struct TextReader {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { index == bytes.count }
  var isAtDigit: Bool { index < bytes.count && bytes[index] &- UInt8(ascii: "0") < 10 }

  mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  mutating func number(_ digits: ClosedRange<Int>) -> Int? {
    var value = 0
    var count = 0
    while count < digits.upperBound, isAtDigit {
      value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
      (index, count) = (index + 1, count + 1)
    }
    return count >= digits.lowerBound ? value : nil
  }

  /// A point or comma and up to 18 digits that count.
  mutating func fraction() -> Double? {
    guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: ".") || bytes[index] == UInt8(ascii: ","),
      bytes[index + 1] &- UInt8(ascii: "0") < 10
    else { return nil }
    index += 1
    var digits: [UInt8] = Array("0.".utf8)
    while isAtDigit {
      digits.append(bytes[index])
      index += 1
    }
    return DecimalNumber.parse(digits)
  }

  /// Seconds east of UTC: 0 without an offset; nil for a damaged one.
  mutating func offset() -> Int? {
    if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
    let isWest = take(UInt8(ascii: "-"))
    guard isWest || take(UInt8(ascii: "+")) else { return 0 }
    guard let hours = number(2...2) else { return nil }
    var minutes = 0
    if take(UInt8(ascii: ":")) || isAtDigit {
      guard let number = number(2...2) else { return nil }
      minutes = number
    }
    guard hours < 24, minutes < 60 else { return nil }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
