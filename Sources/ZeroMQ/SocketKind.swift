import CZeroMQ

/// The messaging pattern that a socket takes part in.
package enum SocketKind: String, Hashable, Sendable, CaseIterable {
  /// Talks to many peers; the first frame of each message is the peer's routing identity.
  case router
  /// Sends to its peers in turn and receives from all of them fairly.
  case dealer
  /// Sends to every subscriber; drops what a slow one cannot take.
  case publish
  /// Receives the messages whose first frame begins with a subscribed prefix.
  case subscribe
  /// Sends to `pull` peers in turn.
  case push
  /// Receives from `push` peers fairly.
  case pull
  /// Sends a request, then receives its reply.
  case request
  /// Receives a request, then sends its reply.
  case reply
  /// Talks to exactly one peer.
  case pair

  var number: Int32 {
    switch self {
    case .router: ZMQ_ROUTER
    case .dealer: ZMQ_DEALER
    case .publish: ZMQ_PUB
    case .subscribe: ZMQ_SUB
    case .push: ZMQ_PUSH
    case .pull: ZMQ_PULL
    case .request: ZMQ_REQ
    case .reply: ZMQ_REP
    case .pair: ZMQ_PAIR
    }
  }
}
