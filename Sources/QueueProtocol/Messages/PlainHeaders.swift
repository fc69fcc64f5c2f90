import Digests

/// The headers that come with every job, written and read without a general encoder: a job that does nothing costs its
/// queue little else. What these do not cover, the general ones do; both say the same.
enum PlainHeader {
  static func fields(of reference: AttemptReference) -> String {
    "\"attempt\":\(reference.attempt.number),\"job\":\"\(reference.job.hex)\""
  }

  static func make(_ type: StaticString, _ fields: String) -> [UInt8] {
    Array("{\"potline\":\(Wire.version),\"type\":\"\(type)\",\(fields)}".utf8)
  }

  /// Whether the header is of this version and type.
  static func isOf(_ type: StaticString, _ header: FlatHeader) -> Bool {
    header.number("potline") == Wire.version && header.has("type", type)
  }
}

extension WorkerMessage {
  package var plainHeader: [UInt8]? {
    guard case .result(let reference, let result) = self, result.seconds.isFinite else { return nil }
    return PlainHeader.make(
      "result",
      """
      \(PlainHeader.fields(of: reference)),"digest":"\(result.digest.hex)","seconds":\(result.seconds),\
      "steps":\(result.steps)
      """)
  }

  package static func readPlain(_ header: FlatHeader, _ frames: ArraySlice<[UInt8]>) -> WorkerMessage? {
    guard PlainHeader.isOf("result", header), frames.count == 1, let bytes = frames.first,
      let reference = header.reference, let digest = header.digest("digest"),
      let seconds = header.double("seconds"), seconds.isFinite, let steps = header.number("steps"),
      steps <= Wire.maximumSteps
    else { return nil }
    return .result(reference, JobResult(digest: digest, bytes: bytes, seconds: seconds, steps: steps))
  }
}

extension IncomingMessage {
  package static func readPlain(_ header: FlatHeader, _ frames: ArraySlice<[UInt8]>) -> IncomingMessage? {
    WorkerMessage.readPlain(header, frames).map { .worker($0) }
  }
}

extension CoordinatorMessage {
  package var plainHeader: [UInt8]? {
    switch self {
    case .assign(let reference, _, nil): PlainHeader.make("assign", PlainHeader.fields(of: reference))
    case .acknowledge(let reference): PlainHeader.make("acknowledge", PlainHeader.fields(of: reference))
    default: nil
    }
  }

  package static func readPlain(_ header: FlatHeader, _ frames: ArraySlice<[UInt8]>) -> CoordinatorMessage? {
    guard let reference = header.reference else { return nil }
    if PlainHeader.isOf("acknowledge", header), frames.isEmpty { return .acknowledge(reference) }
    if PlainHeader.isOf("assign", header), frames.count == 1, let payload = frames.first {
      return .assign(reference, payload: payload, nil)
    }
    return nil
  }
}
