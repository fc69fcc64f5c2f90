/// What arrives at the coordinator: workers and clients use the same socket.
enum IncomingMessage: Sendable, Hashable {
  case worker(WorkerMessage)
  case client(ClientCall)
}

extension IncomingMessage: WireMessage {
  init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    self =
      ClientCall.types.contains(type)
      ? .client(try ClientCall(type: type, header: header, frames: frames))
      : .worker(try WorkerMessage(type: type, header: header, frames: frames))
  }

  var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    switch self {
    case .worker(let message): message.parts
    case .client(let call): call.parts
    }
  }
}

/// Who an authenticated connection belongs to.
public enum ConnectionRole: Hashable, Sendable {
  /// A worker's key of this name.
  case worker(String)
  /// A client's key of this name.
  case client(String)

  /// Out of the user id that the authentication gave to a message: `worker:NAME` or `client:NAME`. `nil` for any other
  /// text.
  public init?(userID: String) {
    guard let colon = userID.firstIndex(of: ":") else { return nil }
    let name = String(userID[userID.index(after: colon)...])
    switch userID[..<colon] {
    case "worker": self = .worker(name)
    case "client": self = .client(name)
    default: return nil
    }
  }

  /// Whether a connection of this role may say this. Without authentication, on loopback, there is no role, and everything
  /// may be said.
  static func allows(_ message: IncomingMessage, role: ConnectionRole?) -> Bool {
    switch (role, message) {
    case (nil, _), (.worker, .worker), (.client, .client): true
    case (.worker, .client), (.client, .worker): false
    }
  }
}
