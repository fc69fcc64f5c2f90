import ErrorCategories

/// The protocol's version, and bounds that hold for every message.
///
/// A message is a header frame, UTF-8 JSON with at least `"potline"` (the version) and `"type"`, and binary frames
/// after it.
package enum Wire {
  /// The version of the protocol. Peers of another version are refused.
  package static let version = 1
  /// The largest header in bytes.
  package static let maximumHeaderBytes = 64 << 10
  /// The largest binary frame in bytes: a checkpoint or result. The journal's values have at most 10⁹ bytes. What one
  /// job may bring is bounded closer, see `Coordinator.Configuration.outcomeLimit`.
  package static let maximumOutcomeBytes = 768 << 20
  /// The largest payload of a job in bytes.
  package static let maximumPayloadBytes = 16 << 20
  /// The greatest number of steps or reports, so that sums of them cannot overflow.
  package static let maximumSteps = 1 << 44
  /// The largest chunk of a blob in bytes.
  package static let chunkBytes = 1 << 20
  /// The longest text in a header (a reason, an error), in bytes; a longer one is cut.
  package static let maximumTextBytes = 8 << 10

  /// The most payloads in one message, and their bytes together; a larger study comes in parts.
  package static let maximumSubmissionJobs = 10_000
  /// See `maximumSubmissionJobs`.
  package static let maximumSubmissionBytes = 16 << 20
  /// The largest description of a study in bytes.
  package static let maximumDescriptionBytes = 16 << 20
  /// The largest chunk of a blob that a client sends, in bytes.
  package static let maximumUploadBytes = 4 << 20
  /// The most digests that one message asks for.
  package static let maximumDigests = 500
  /// The most jobs in one page of results; together they have at most `resultPageBytes`, or there is one alone.
  package static let maximumPage = 64
  /// See `maximumPage`.
  package static let resultPageBytes = 8 << 20

  /// The text, or as much of its beginning as `limit` bytes hold.
  package static func cut(_ text: String, _ limit: Int = maximumTextBytes) -> String {
    text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit), as: UTF8.self)
  }
}

/// A message that cannot be understood. It is counted and dropped.
package enum MessageError: CategorizedError, Hashable, Sendable {
  /// The message has no frame.
  case empty
  /// The header has this many bytes, more than `Wire.maximumHeaderBytes`.
  case headerTooLong(Int)
  /// The header is not JSON, or a field is missing, ill-typed or out of range.
  case badHeader(String)
  /// The peer speaks this version of the protocol; the version of its program if it says.
  case otherVersion(Int, program: String? = nil)
  /// This direction has no messages of this type.
  case unknownType(String)
  /// A message of this type has other binary frames.
  case wrongFrames(type: String, expected: ClosedRange<Int>, got: Int)
  /// A binary frame of a message of this type has this many bytes, more than its `limit`.
  case frameTooLarge(type: String, bytes: Int, limit: Int)
}

extension MessageError {
  /// A peer that speaks otherwise can't be used now.
  package var category: ErrorCategory { .unavailable }

  /// The error in words.
  package var description: String {
    switch self {
    case .empty: "an empty message"
    case .headerTooLong(let bytes):
      "a header of \(bytes) bytes; at most \(Wire.maximumHeaderBytes) are allowed"
    case .badHeader(let why): "a header that cannot be read: \(why)"
    case .otherVersion(let version, let program):
      """
      the peer speaks protocol version \(version)\(program.map { " (potline \($0))" } ?? ""), this program version \
      \(Wire.version): run the same version of potline on both sides
      """
    case .frameTooLarge(let type, let bytes, let limit):
      "a message of type “\(type)” with a frame of \(bytes) bytes; at most \(limit) are allowed"
    case .unknownType(let type): "a message of unknown type “\(type)”"
    case .wrongFrames(let type, let expected, let got):
      """
      a message of type “\(type)” with \(got) binary frames instead of \
      \(expected.count == 1 ? "\(expected.lowerBound)" : "\(expected.lowerBound) to \(expected.upperBound)")
      """
    }
  }
}
