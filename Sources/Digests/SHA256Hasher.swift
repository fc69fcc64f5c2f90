import CSodium

/// Computes a `SHA256Digest` of content that comes in pieces; how it is cut doesn't change the digest.
package struct SHA256Hasher: Sendable {
  private var state = crypto_hash_sha256_state()

  /// A hasher that has seen nothing.
  package init() {
    Sodium.ready()
    crypto_hash_sha256_init(&state)
  }

  /// Adds `bytes` to the end of the content.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    crypto_hash_sha256_update(&state, start, UInt64(bytes.count))
  }

  /// Adds `bytes` to the end of the content, without a copy if they lie in one piece in memory.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if isDone == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  /// The digest of what was added; more can still be added afterwards.
  package func finalize() -> SHA256Digest {
    var state = state
    var bytes = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
    crypto_hash_sha256_final(&state, &bytes)
    return SHA256Digest(exactly: bytes)
  }
}

extension SHA256Digest {
  /// The digest of `bytes`: an array, a slice, `Data`, the UTF-8 view of a string.
  package static func of(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// The digest of the memory that `bytes` points to.
  package static func of(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }
}
