import CZlib

/// Data that are packed by zlib.
enum Deflate {
  /// How the packed data begin.
  enum Wrapping: Int32 {
    /// As in zip archives.
    case raw = -15
    /// With a header and a checksum, as in MATLAB's files.
    case zlib = 15
  }

  /// Deflate packs at most 1,032 bytes into one.
  private static let bestRatio = 1032

  /// The unpacked bytes; nil if the data are damaged.
  ///
  /// - Parameters:
  ///   - packed: the data.
  ///   - size: the number of unpacked bytes; nil: as many as there are.
  ///   - limit: at most so many bytes: no more than the data could hold, so that none are allocated for a wrong size.
  static func unpack(
    _ packed: UnsafeRawBufferPointer, _ wrapping: Wrapping, size: Int?, limit: Int = .max
  ) -> ArrayBytes? {
    let most = min(limit, packed.count.multipliedReportingOverflow(by: bestRatio).partialValue + 64)
    if let size, size > most { return nil }
    var capacity = size ?? min(most, max(4096, 4 * packed.count))
    var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, capacity), alignment: 16)
    var isKept = false
    defer { if !isKept { memory.deallocate() } }
    var stream = z_stream()
    guard
      inflateInit2_(&stream, wrapping.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    var (read, written) = (0, 0)
    while true {
      let input = min(packed.count - read, 1 << 30)
      let room = min(capacity - written, 1 << 30)
      stream.next_in = UnsafeMutablePointer(
        mutating: packed.baseAddress.map { ($0 + read).assumingMemoryBound(to: UInt8.self) })
      stream.avail_in = UInt32(input)
      stream.next_out = memory.baseAddress.map { ($0 + written).assumingMemoryBound(to: UInt8.self) }
      stream.avail_out = UInt32(room)
      let code = inflate(&stream, Z_NO_FLUSH)
      let (taken, given) = (input - Int(stream.avail_in), room - Int(stream.avail_out))
      read += taken
      written += given
      if code == Z_STREAM_END { break }
      guard code == Z_OK || code == Z_BUF_ERROR else { return nil }
      if written == capacity {
        guard size == nil, capacity < most else {
          // The end of the data may follow the last byte.
          guard taken > 0 || given > 0 else { return nil }
          continue
        }
        let next = min(most, 2 * capacity)
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: next, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<written]))
        memory.deallocate()
        (memory, capacity) = (larger, next)
      } else if taken == 0 && given == 0 {
        return nil
      }
    }
    guard size == nil || written == size else { return nil }
    isKept = true
    let whole = ArrayBytes(taking: memory)
    return written == memory.count ? whole : whole.part(0..<written)
  }

  /// The checksum of zip archives.
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(
      truncatingIfNeeded: crc32_z(
        0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
