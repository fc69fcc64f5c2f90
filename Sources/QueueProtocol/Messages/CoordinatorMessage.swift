import Digests

/// A message from the coordinator to a worker.
package enum CoordinatorMessage: Hashable, Sendable {
  /// The worker is registered; it sends a heartbeat at this interval (s). The coordinator's version if it says.
  case welcome(heartbeatSeconds: Double, coordinator: ProgramVersion? = nil)
  /// The worker is not wanted, for this reason; it leaves. The coordinator's version if it says: also a peer of another
  /// protocol version reads that.
  case refused(reason: String, coordinator: ProgramVersion? = nil)
  /// A heartbeat was heard.
  case alive
  /// A job to do, from its start or from a checkpoint.
  case assign(AttemptReference, payload: [UInt8], Checkpoint?)
  /// The outcome of the attempt is stored; the worker may forget it.
  case acknowledge(AttemptReference)
  /// The attempt is no longer wanted; the worker stops it and hands it back, or forgets its outcome.
  case stop(AttemptReference, reason: String)
  /// The bytes of a blob from `offset` on; empty only at its end.
  case chunk(SHA256Digest, offset: Int, totalBytes: Int, bytes: [UInt8])
  /// The coordinator doesn't have the blob.
  case missing(SHA256Digest)
  /// The sender isn't known: it registers and keeps its job.
  case registerAgain
  /// The worker hands its job back and ends.
  case leave
}

extension CoordinatorMessage: WireMessage {
  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    if type != "assign", type != "chunk" { try Envelope.check(frames, of: type, 0...0) }
    switch type {
    case "welcome":
      let seconds = try WelcomeFields(from: header).heartbeatSeconds
      guard (0.001...3600).contains(seconds) else {
        throw MessageError.badHeader("“heartbeatSeconds” is not between 0.001 and 3600")
      }
      self = .welcome(heartbeatSeconds: seconds, coordinator: try VersionFields(from: header).checked())
    case "refused":
      self = .refused(
        reason: Wire.cut(try ReasonFields(from: header).reason),
        coordinator: try VersionFields(from: header).checked())
    case "alive": self = .alive
    case "assign":
      try Envelope.check(frames, of: type, 1...2)
      var checkpoint: Checkpoint?
      if frames.count == 2 {
        checkpoint = try Checkpoint(from: header)
        checkpoint?.bytes = frames[1]
      }
      self = .assign(try AttemptReference(from: header), payload: frames[0], checkpoint)
    case "acknowledge": self = .acknowledge(try AttemptReference(from: header))
    case "stop":
      self = .stop(
        try AttemptReference(from: header), reason: Wire.cut(try ReasonFields(from: header).reason))
    case "chunk":
      try Envelope.check(frames, of: type, 1...1)
      let fields = try ChunkFields(from: header).validated(byteCount: frames[0].count)
      self = .chunk(fields.digest, offset: fields.offset, totalBytes: fields.totalBytes, bytes: frames[0])
    case "missing": self = .missing(try MissingFields(from: header).digest)
    case "registerAgain": self = .registerAgain
    case "leave": self = .leave
    default: throw MessageError.unknownType(String(type.prefix(64)))
    }
  }

  package static func maximumFrameBytes(ofType type: String) -> Int {
    type == "chunk" ? Wire.chunkBytes : Wire.maximumOutcomeBytes
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    switch self {
    case .welcome(let seconds, let version):
      ("welcome", Headers(WelcomeFields(heartbeatSeconds: seconds), VersionFields(version)), [])
    case .refused(let reason, let version):
      ("refused", Headers(ReasonFields(reason: Wire.cut(reason)), VersionFields(version)), [])
    case .alive: ("alive", NoFields(), [])
    case .assign(let reference, let payload, nil): ("assign", reference, [payload])
    case .assign(let reference, let payload, let checkpoint?):
      ("assign", Headers(reference, checkpoint), [payload, checkpoint.bytes])
    case .acknowledge(let reference): ("acknowledge", reference, [])
    case .stop(let reference, let reason):
      ("stop", Headers(reference, ReasonFields(reason: Wire.cut(reason))), [])
    case .chunk(let digest, let offset, let totalBytes, let bytes):
      ("chunk", ChunkFields(digest: digest, offset: offset, totalBytes: totalBytes), [bytes])
    case .missing(let digest): ("missing", MissingFields(digest: digest), [])
    case .registerAgain: ("registerAgain", NoFields(), [])
    case .leave: ("leave", NoFields(), [])
    }
  }
}

private struct WelcomeFields: Codable {
  var heartbeatSeconds: Double
}

private struct ReasonFields: Codable {
  var reason: String
}

private struct MissingFields: Codable {
  var digest: SHA256Digest
}

private struct ChunkFields: Codable {
  var digest: SHA256Digest
  var offset: Int
  var totalBytes: Int

  func validated(byteCount: Int) throws -> ChunkFields {
    guard offset >= 0, totalBytes >= 0, offset <= totalBytes, byteCount <= totalBytes - offset else {
      throw MessageError.badHeader("a chunk outside of its blob")
    }
    return self
  }
}
