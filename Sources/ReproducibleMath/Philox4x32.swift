/// The counter-based random number generator Philox 4x32 with ten rounds.
///
/// A block function: it maps a 128-bit counter and a 64-bit key to 128 random bits and keeps no state, so that
/// any point of a random sequence can be reached at once. It uses integer operations only.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
package enum Philox4x32 {
  /// The four random words of a counter under a key; O(1), ten rounds.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var key = key
    for _ in 0..<9 {
      state = round(state, key)
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return round(state, key)
  }

  private static func round(_ state: SIMD4<UInt32>, _ key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    let first = UInt64(state.x) &* 0xD251_1F53
    let second = UInt64(state.z) &* 0xCD9E_8D57
    return SIMD4(
      UInt32(truncatingIfNeeded: second >> 32) ^ state.y ^ key.x,
      UInt32(truncatingIfNeeded: second),
      UInt32(truncatingIfNeeded: first >> 32) ^ state.w ^ key.y,
      UInt32(truncatingIfNeeded: first))
  }
}
