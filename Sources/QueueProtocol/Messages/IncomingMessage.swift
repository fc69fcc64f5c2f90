/// What arrives at the coordinator: workers and clients use the same socket.
package enum IncomingMessage: Sendable, Hashable {
  case worker(WorkerMessage)
  case client(ClientCall)
}

extension IncomingMessage: WireMessage {
  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    self =
      ClientCall.types.contains(type)
      ? .client(try ClientCall(type: type, header: header, frames: frames))
      : .worker(try WorkerMessage(type: type, header: header, frames: frames))
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    switch self {
    case .worker(let message): message.parts
    case .client(let call): call.parts
    }
  }
}
