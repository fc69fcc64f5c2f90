/// How the text of a table is written: the dialect of a file. Nil: recognised from the file.
package struct TableFormat: Codable, Equatable, Sendable {
  /// The characters between two fields.
  package enum Separator: String, Codable, CaseIterable, Sendable {
    case comma, semicolon, tab
    /// Any number of blanks and tabs.
    case blanks
    /// A single column.
    case none

    /// The byte; NUL for blanks and none, which no byte separates.
    var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: UInt8(ascii: "\t")
      case .blanks, .none: 0
      }
    }

    /// For a message: "semicolons".
    package var plural: String {
      switch self {
      case .comma: "commas"
      case .semicolon: "semicolons"
      case .tab: "tabs"
      case .blanks: "blanks"
      case .none: "line ends alone"
      }
    }
  }

  /// The mark between the whole and the fraction of a number.
  package enum DecimalMark: String, Codable, CaseIterable, Sendable {
    case point, comma

    var byte: UInt8 { self == .point ? UInt8(ascii: ".") : UInt8(ascii: ",") }
  }

  /// The mark between groups of three digits.
  package enum ThousandsMark: String, Codable, CaseIterable, Sendable {
    case none, comma, point, apostrophe, blank

    var byte: UInt8? {
      switch self {
      case .none: nil
      case .comma: UInt8(ascii: ",")
      case .point: UInt8(ascii: ".")
      case .apostrophe: UInt8(ascii: "'")
      case .blank: UInt8(ascii: " ")
      }
    }
  }

  /// How characters are stored. UTF-16 has a byte-order mark.
  package enum Encoding: String, Codable, CaseIterable, Sendable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case latin1 = "latin-1"
  }

  /// What stands between fields.
  package var separator: Separator?
  /// The decimal mark.
  package var decimal: DecimalMark?
  /// The thousands separator; recognised as none.
  package var thousands: ThousandsMark?
  /// The encoding.
  package var encoding: Encoding?
  /// Whether the first line of the table holds the columns' names; without, they are numbered from 1.
  package var header: Bool?
  /// Whether a line of units follows the header.
  package var unitsRow: Bool?
  /// Lines that begin with this text are passed over; `none` for no such lines.
  package var comment: String?
  /// Lines at the top of the file that are not part of the table.
  package var skipLines: Int?

  /// A format with everything still to be recognised.
  package init() {}

  /// Whether everything is known.
  package var isComplete: Bool {
    separator != nil && decimal != nil && thousands != nil && encoding != nil && header != nil
      && unitsRow != nil && comment != nil && skipLines != nil
  }

  /// "fields separated by semicolons, decimal comma, no header".
  package var summary: String {
    var parts: [String] = []
    if let separator { parts.append("fields separated by \(separator.plural)") }
    if let decimal { parts.append("decimal \(decimal.rawValue)") }
    if let thousands, thousands != .none { parts.append("\(thousands.rawValue) between thousands") }
    if let encoding { parts.append(encoding.rawValue.uppercased()) }
    if let header { parts.append(header ? "header" : "no header") }
    if unitsRow == true { parts.append("row of units") }
    if let comment, comment != Self.noComment { parts.append("comments after \(comment)") }
    if let skipLines, skipLines > 0 {
      parts.append("\(skipLines == 1 ? "1 line" : "\(skipLines) lines") skipped")
    }
    return parts.joined(separator: ", ")
  }

  /// The word of `comment` for a file without comment lines.
  package static let noComment = "none"

  var commentBytes: [UInt8] { comment.map { $0 == Self.noComment ? [] : Array($0.utf8) } ?? [] }
}
