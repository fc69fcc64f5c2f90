import Foundation

/// A job that cannot be done, as a runner throws it and a worker reports it.
package struct JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The longest details in bytes.
  package static let maximumDetailsBytes = 4 << 10

  /// The kind; `.nonFiniteLoss` and `.invalidJob` would come again, so the job is set aside immediately.
  package var kind: WorkerMessage.FailureKind
  /// The problem in words. No program depends on its wording.
  package var message: String
  /// The runner's own record of the failure, such as where it happened. It travels through the wire, the journal and the
  /// answers to clients unread: only the program that runs the jobs knows its format. Empty if there is none.
  package var details: [UInt8]

  /// A failure of this kind. Traps if `details` are longer than `maximumDetailsBytes`.
  package init(_ kind: WorkerMessage.FailureKind, _ message: String, details: [UInt8] = []) {
    precondition(details.count <= Self.maximumDetailsBytes, "a failure's details are too long")
    (self.kind, self.message, self.details) = (kind, message, details)
  }

  /// The message.
  package var description: String { message }
}

/// Why a job was set aside: the one answer to this question, for whoever wants its result.
package struct FailureReport: Hashable, Sendable {
  /// An explanation for users.
  package var message: String
  /// `JobFailure.details` of the attempt that decided it; empty if there are none.
  package var details: [UInt8]

  /// The last attempt's own account; without one, the reason for which the queue set the job aside.
  ///
  /// - Parameters:
  ///   - message: How the last attempt ended; `nil` or empty if it doesn't say.
  ///   - details: The last attempt's details.
  ///   - reason: The queue's own reason, taken if the attempt gives no message.
  package init(lastAttempt message: String?, details: [UInt8] = [], reason: String) {
    self.message = message.flatMap { $0.isEmpty ? nil : $0 } ?? reason
    self.details = details
  }

  /// As `init(lastAttempt:details:reason:)`, from a job's history.
  package init(attempts: [AttemptRecord], reason: String) {
    let end = attempts.last?.end
    self.init(lastAttempt: end?.message, details: end?.details ?? [], reason: reason)
  }
}

extension FailureReport: Codable {
  private enum CodingKeys: CodingKey {
    case message, details
  }

  /// Reads a header's part; `details` are base64, and may be missing.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    message = try container.decode(String.self, forKey: .message)
    details = [UInt8](try container.decodeIfPresent(Data.self, forKey: .details) ?? Data())
  }

  /// Writes a header's part.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(message, forKey: .message)
    if !details.isEmpty { try container.encode(Data(details), forKey: .details) }
  }
}
