#if canImport(Glibc)
  import Glibc
#endif

/// Zeroed memory of fixed size at a 64-byte boundary, as the kernels want it; large ones in huge pages where the system
/// has them, since samples are read in random order. Not for two threads at once.
final class AlignedBuffer<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(count: Int) {
    let bytes = max(64, (count * MemoryLayout<Element>.stride + 63) / 64 * 64)
    let hugePage = 2 << 20
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: bytes < hugePage ? 64 : hugePage)
    if bytes >= hugePage { madvise(raw, bytes, MADV_HUGEPAGE) }
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  var values: UnsafeMutableBufferPointer<Element> { UnsafeMutableBufferPointer(start: pointer, count: count) }

  func copy(from other: some Collection<Element>) {
    precondition(other.count == count)
    _ = values.update(fromContentsOf: other)
  }
}
