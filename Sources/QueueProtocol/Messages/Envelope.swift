import CheckedJSON
import Foundation

/// A message type of one direction: named cases whose headers are Codable structs and whose bytes follow.
package protocol WireMessage: Sendable {
  /// Reads the header's own fields. Throws `MessageError.unknownType`, or `DecodingError`.
  init(type: String, header: any Decoder, frames: [[UInt8]]) throws
  /// The largest binary frame of a message of this type, in bytes.
  static func maximumFrameBytes(ofType type: String) -> Int
  /// The longest header that is looked at.
  static var maximumHeaderBytes: Int { get }
  /// The type's name, its header and its binary frames.
  var parts: (type: String, header: any Encodable, frames: [[UInt8]]) { get }
  /// The header of one of the few messages that come with every job; nil for all others.
  var plainHeader: [UInt8]? { get }
  /// Reads such a message; nil for anything else, and for anything that is wrong.
  static func readPlain(_ header: FlatHeader, _ frames: ArraySlice<[UInt8]>) -> Self?
}

extension WireMessage {
  package static var maximumHeaderBytes: Int { Wire.maximumHeaderBytes }

  package var plainHeader: [UInt8]? { nil }

  package static func readPlain(_ header: FlatHeader, _ frames: ArraySlice<[UInt8]>) -> Self? { nil }

  /// The frames that say this: a header and the binary frames.
  ///
  /// - Throws: `EncodingError` for a number that JSON cannot hold, such as an infinite duration.
  package func encoded() throws -> [[UInt8]] {
    let parts = parts
    if let plainHeader { return [plainHeader] + parts.frames }
    let header = try JSONEncoder().encode(Envelope.Outgoing(type: parts.type, header: parts.header))
    return [Array(header)] + parts.frames
  }

  /// Reads a message; O(bytes of the header). The bytes of the binary frames are not looked at.
  package static func decode(_ frames: [[UInt8]]) throws(MessageError) -> Self {
    guard let header = frames.first else { throw .empty }
    guard header.count <= maximumHeaderBytes else { throw .headerTooLong(header.count) }
    if let flat = FlatHeader(header), let message = readPlain(flat, frames.dropFirst()) { return message }
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[Envelope.framesKey] = Array(frames.dropFirst())
      return try decoder.decodeChecked(Envelope.Incoming<Self>.self, from: header).message
    } catch let error as MessageError {
      throw error
    } catch {
      throw .badHeader(Envelope.explain(error))
    }
  }
}

/// The two fields that every header begins with, and the message's own fields beside them.
enum Envelope {
  static let framesKey = CodingUserInfoKey(rawValue: "frames").unsafelyUnwrapped

  private enum Keys: String, CodingKey {
    case potline, type
  }

  struct Outgoing: Encodable {
    let type: String
    let header: any Encodable

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(Wire.version, forKey: .potline)
      try container.encode(type, forKey: .type)
      try header.encode(to: encoder)
    }
  }

  struct Incoming<Message: WireMessage>: Decodable {
    let message: Message

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      let version = try container.decode(Int.self, forKey: .potline)
      guard version == Wire.version else {
        let program = try? VersionFields(from: decoder).checked()?.program
        throw MessageError.otherVersion(version, program: program.flatMap { $0.isEmpty ? nil : $0 })
      }
      let frames = decoder.userInfo[Envelope.framesKey] as? [[UInt8]] ?? []
      let type = try container.decode(String.self, forKey: .type)
      let limit = Message.maximumFrameBytes(ofType: type)
      if let bytes = frames.lazy.map(\.count).first(where: { $0 > limit }) {
        throw MessageError.frameTooLarge(type: String(type.prefix(64)), bytes: bytes, limit: limit)
      }
      message = try Message(type: type, header: decoder, frames: frames)
    }
  }

  /// The gist of a decoding error: which field and why.
  static func explain(_ error: any Error) -> String {
    Wire.cut(JSONProblem.text(of: error))
  }

  /// Checks the number of binary frames.
  static func check(_ frames: [[UInt8]], of type: String, _ expected: ClosedRange<Int>) throws(MessageError) {
    guard expected.contains(frames.count) else {
      throw .wrongFrames(type: type, expected: expected, got: frames.count)
    }
  }
}

/// The header of a message that has no fields of its own.
struct NoFields: Codable {}

/// A message that arrives at the coordinator: workers and clients use the same socket.
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

  package static func maximumFrameBytes(ofType type: String) -> Int {
    ClientCall.types.contains(type)
      ? ClientCall.maximumFrameBytes(ofType: type) : WorkerMessage.maximumFrameBytes(ofType: type)
  }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    switch self {
    case .worker(let message): message.parts
    case .client(let call): call.parts
    }
  }
}
