/// What readers may cost.
struct Limits: Sendable {
  /// Connections at once; those beyond are closed at once.
  var connections = 128
  /// Streams of events at once; those beyond are told to come back later.
  var streams = 32
  /// For a request's head to arrive, and between requests of a connection.
  var patience = Duration.seconds(15)
  /// For a reader to take what it is sent; one that doesn't is dropped.
  var writePatience = Duration.seconds(10)
  /// Two updates of a stream are at least so far apart.
  var updateInterval = Duration.seconds(1)
  /// A stream without news says so often that it lives.
  var keepAlive = Duration.seconds(15)
  /// What the system may hold for a slow reader, in bytes.
  var sendBufferBytes = 128 << 10
}
