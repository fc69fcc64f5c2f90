/// A question of libzmq whether a peer may connect (ZeroMQ RFC 27, ZAP 1.0): after the envelope the frames
/// version, request id, domain, address, routing id, mechanism, credentials.
struct ZapRequest {
  /// The frames that lead the answer back: the routing identity and what stands before the empty delimiter.
  let envelope: [Frame]
  let id: Frame
  /// The peer's IP address.
  let peer: String?
  /// The key that the peer has proved to hold; nil if the mechanism isn't CURVE.
  let key: CurvePublicKey?
  let isCurve: Bool
  let isMalformed: Bool

  /// nil if the frames are so far from a request that there is nobody to answer.
  init?(_ message: Message) {
    let frames = message.frames
    guard let delimiter = frames.dropFirst().firstIndex(of: Frame()), frames.count >= delimiter + 3 else {
      return nil
    }
    envelope = Array(frames[...delimiter])
    let body = Array(frames[(delimiter + 1)...])
    id = body[1]
    peer = body.count > 3 ? body[3].text.flatMap { $0.isEmpty ? nil : $0 } : nil
    let mechanism = body.count > 5 ? body[5].text : nil
    isCurve = mechanism == "CURVE"
    key = isCurve && body.count == 7 ? CurvePublicKey(bytes: body[6].bytes) : nil
    isMalformed = body[0].text != "1.0" || body.count < 6 || (isCurve && key == nil)
  }

  /// The user id to answer with, or why the peer is refused.
  func judged(by keys: AdmittedKeys) -> Result<String, Denial.Reason> {
    if isMalformed { return .failure(.malformedRequest) }
    guard let key else { return .failure(.wrongMechanism) }
    return keys.judge(key)
  }

  /// The answer: version, request id, status, its text, user id, metadata.
  func reply(_ verdict: Result<String, Denial.Reason>) -> Message {
    let answer: [Frame] =
      switch verdict {
      case .success(let user): ["200", "OK", Frame(user), Frame()]
      case .failure(.malformedRequest): ["500", "malformed request", Frame(), Frame()]
      case .failure: ["400", "not admitted", Frame(), Frame()]
      }
    return Message(envelope + ["1.0", id] + answer)
  }
}
