import CSodium

enum Sodium {
  // Initialised once, by whichever thread comes first. It fails only where the kernel has no random numbers.
  private static let isReady: Bool = sodium_init() >= 0

  /// Initialises libsodium before its first use.
  static func ready() {
    precondition(isReady, "libsodium cannot start: this system offers no random numbers")
  }
}

/// `count` unpredictable bytes from libsodium's generator, fit for keys and identities.
package func randomBytes(_ count: Int) -> [UInt8] {
  Sodium.ready()
  var bytes = [UInt8](repeating: 0, count: count)
  randombytes_buf(&bytes, count)
  return bytes
}
