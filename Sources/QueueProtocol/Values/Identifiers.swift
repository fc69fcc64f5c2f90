import Digests

/// A job's identity: the SHA-256 digest of its payload, so equal jobs are one job.
package struct JobID: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The digest of the payload.
  package let digest: SHA256Digest

  /// The identity of the job that has this digest.
  package init(_ digest: SHA256Digest) { self.digest = digest }

  /// The identity of the job with this payload. O(bytes).
  package init(ofPayload payload: [UInt8]) { digest = SHA256Digest.of(payload) }

  /// Reads 64 hexadecimal digits; throws `DecodingError` for anything else.
  package init(from decoder: any Decoder) throws {
    digest = try SHA256Digest(from: decoder)
  }

  /// Writes 64 hexadecimal digits.
  package func encode(to encoder: any Encoder) throws {
    try digest.encode(to: encoder)
  }

  /// The first 12 hexadecimal digits, enough for display and logs.
  package var description: String { String(digest.hex.prefix(12)) }

  /// All 64 hexadecimal digits.
  package var hex: String { digest.hex }
}

/// One try of a job by one worker. The coordinator numbers attempts from 1; a number is never used twice
/// with one journal.
package struct AttemptID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  /// The number, from 1.
  package let number: Int

  /// The attempt with this number.
  package init(_ number: Int) { self.number = number }

  /// Reads a positive whole number; throws `DecodingError` for anything else.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    number = try container.decode(Int.self)
    guard number > 0 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "an attempt's number is positive")
    }
  }

  /// Writes the number.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }

  /// Older attempts come first.
  package static func < (a: AttemptID, b: AttemptID) -> Bool { a.number < b.number }

  /// The number.
  package var description: String { "\(number)" }
}

/// A study in the queue. The coordinator numbers studies from 1; people write `s7`.
package struct StudyID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  /// The number, from 1.
  package let number: Int

  /// The study with this number.
  package init(_ number: Int) { self.number = number }

  /// The study that `s` and a number from 1 name; `nil` for any other text.
  package init?(_ text: String) {
    let digits = text.utf8.dropFirst()
    guard text.utf8.first == UInt8(ascii: "s"), (1...9).contains(digits.count),
      digits.allSatisfy({ (48...57).contains($0) }), let number = Int(text.dropFirst()), number > 0
    else { return nil }
    self.number = number
  }

  /// Reads `s` and a number; throws `DecodingError` for anything else.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let id = StudyID(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not “s” and a number, as in “s7”")
    }
    self = id
  }

  /// Writes `s` and the number.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Older studies come first.
  package static func < (a: StudyID, b: StudyID) -> Bool { a.number < b.number }

  /// `s` and the number.
  package var description: String { "s\(number)" }
}

/// One submission of a study, chosen by who submits: 32 lower-case hexadecimal digits. What is said twice under the
/// same identity is done once.
package struct SubmissionID: Hashable, Sendable, Codable {
  /// The 32 digits.
  package let hex: String

  /// `nil` unless `hex` is 32 lower-case hexadecimal digits.
  package init?(hex: String) {
    guard let id = WorkerID(hex: hex) else { return nil }
    self.hex = id.hex
  }

  /// The submission that the first half of a digest names, so that the same content is the same submission.
  package init(_ digest: SHA256Digest) { hex = String(digest.hex.prefix(32)) }

  /// A fresh identity out of the system's random numbers.
  package static func random() -> SubmissionID { SubmissionID(WorkerID.random()) }

  private init(_ id: WorkerID) { hex = id.hex }

  /// Reads 32 digits; throws `DecodingError` for anything else.
  package init(from decoder: any Decoder) throws { self.init(try WorkerID(from: decoder)) }

  /// Writes the digits.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}

/// A worker process, for its life: 32 lower-case hexadecimal digits, random.
package struct WorkerID: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The 32 digits.
  package let hex: String

  /// `nil` unless `hex` is 32 lower-case hexadecimal digits.
  package init?(hex: String) {
    let digits = hex.utf8
    guard digits.count == 32, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return nil }
    self.hex = hex
  }

  /// A fresh identity out of 128 bits of `generator`.
  package init(using generator: inout some RandomNumberGenerator) {
    let digits = Array("0123456789abcdef".utf8)
    hex = String(decoding: (0..<32).map { _ in digits[Int(generator.next() >> 60)] }, as: UTF8.self)
  }

  /// A fresh identity out of the system's random numbers.
  package static func random() -> WorkerID {
    var generator = SystemRandomNumberGenerator()
    return WorkerID(using: &generator)
  }

  /// Reads 32 digits; throws `DecodingError` for anything else.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let id = WorkerID(hex: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not 32 lower-case hexadecimal digits")
    }
    self = id
  }

  /// Writes the digits.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }

  /// The first 8 digits, enough for display and logs.
  package var description: String { String(hex.prefix(8)) }
}

/// The name that the coordinator's socket gives to one connection. A worker that reconnects has a new one.
package struct PeerID: Hashable, Sendable {
  /// The routing id.
  package let bytes: [UInt8]

  /// The connection with this routing id.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }
}
