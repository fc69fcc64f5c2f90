import Digests

extension WorkerMessage: WireMessage {
  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    switch type {
    case "register":
      try Envelope.check(frames, of: type, 0...0)
      self = .register(try Registration(from: header).validated())
    case "heartbeat":
      try Envelope.check(frames, of: type, 0...0)
      self = .heartbeat(try Heartbeat(from: header).validated())
    case "checkpoint":
      try Envelope.check(frames, of: type, 1...1)
      var checkpoint = try Checkpoint(from: header)
      checkpoint.bytes = frames[0]
      self = .checkpoint(try AttemptReference(from: header), checkpoint)
    case "result":
      try Envelope.check(frames, of: type, 1...1)
      let fields = try ResultFields(from: header).validated()
      self = .result(
        try AttemptReference(from: header),
        JobResult(digest: fields.digest, bytes: frames[0], seconds: fields.seconds, steps: fields.steps))
    case "failed":
      try Envelope.check(frames, of: type, 0...0)
      let fields = try FailedFields(from: header)
      self = .failed(try AttemptReference(from: header), fields.reason, message: Wire.cut(fields.message))
    case "handBack":
      try Envelope.check(frames, of: type, 0...1)
      let fields = try HandBackFields(from: header)
      var checkpoint: Checkpoint?
      if let bytes = frames.first {
        checkpoint = try Checkpoint(from: header)
        checkpoint?.bytes = bytes
      }
      self = .handBack(try AttemptReference(from: header), checkpoint, leaving: fields.leaving)
    case "fetch":
      try Envelope.check(frames, of: type, 0...0)
      let fields = try FetchFields(from: header).validated()
      self = .fetch(fields.digest, offset: fields.offset)
    case "retire":
      try Envelope.check(frames, of: type, 0...0)
      self = .retire
    case "goodbye":
      try Envelope.check(frames, of: type, 0...0)
      self = .goodbye
    default:
      throw MessageError.unknownType(String(type.prefix(64)))
    }
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    switch self {
    case .register(let registration): ("register", registration, [])
    case .heartbeat(let heartbeat): ("heartbeat", heartbeat, [])
    case .checkpoint(let reference, let checkpoint):
      ("checkpoint", Headers(reference, checkpoint), [checkpoint.bytes])
    case .result(let reference, let result):
      (
        "result",
        Headers(reference, ResultFields(digest: result.digest, seconds: result.seconds, steps: result.steps)),
        [result.bytes]
      )
    case .failed(let reference, let kind, let message):
      ("failed", Headers(reference, FailedFields(reason: kind, message: Wire.cut(message))), [])
    case .handBack(let reference, nil, let leaving):
      ("handBack", Headers(reference, HandBackFields(leaving: leaving)), [])
    case .handBack(let reference, let checkpoint?, let leaving):
      ("handBack", Headers(reference, HandBackFields(leaving: leaving), checkpoint), [checkpoint.bytes])
    case .fetch(let digest, let offset): ("fetch", FetchFields(digest: digest, offset: offset), [])
    case .retire: ("retire", NoFields(), [])
    case .goodbye: ("goodbye", NoFields(), [])
    }
  }
}

/// Several structs whose fields stand side by side in one header.
struct Headers: Encodable {
  private let all: [any Encodable]

  init(_ all: any Encodable...) { self.all = all }

  func encode(to encoder: any Encoder) throws {
    for fields in all { try fields.encode(to: encoder) }
  }
}

private struct ResultFields: Codable {
  var digest: SHA256Digest
  var seconds: Double
  var steps: Int

  func validated() throws -> ResultFields {
    guard seconds >= 0, (0...Wire.maximumSteps).contains(steps) else {
      throw MessageError.badHeader("“seconds” or “steps” out of range")
    }
    return self
  }
}

private struct FailedFields: Codable {
  var reason: WorkerMessage.FailureKind
  var message: String
}

private struct HandBackFields: Codable {
  var leaving: Bool
}

private struct FetchFields: Codable {
  var digest: SHA256Digest
  var offset: Int

  func validated() throws -> FetchFields {
    guard offset >= 0 else { throw MessageError.badHeader("“offset” is negative") }
    return self
  }
}

extension Registration {
  fileprivate func validated() throws -> Registration {
    guard pid > 0, cores > 0 else { throw MessageError.badHeader("“pid” and “cores” must be positive") }
    guard host.utf8.count <= 255, instructionSet.utf8.count <= 255, version.utf8.count <= 255 else {
      throw MessageError.badHeader("“host”, “instructionSet” or “version” is longer than 255 bytes")
    }
    return self
  }
}

extension Heartbeat {
  fileprivate func validated() throws -> Heartbeat {
    guard let progress else { return self }
    let counts = [progress.step, progress.totalSteps, progress.reports]
    guard counts.allSatisfy((0...Wire.maximumSteps).contains) else {
      throw MessageError.badHeader("“step”, “totalSteps” or “reports” out of range")
    }
    guard current != nil else { throw MessageError.badHeader("“progress” without “current”") }
    return self
  }
}
