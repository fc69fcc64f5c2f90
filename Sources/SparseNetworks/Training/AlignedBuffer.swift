import Files
import Glibc

/// Zeroed memory of fixed size at a 64-byte boundary, as the kernels want it; large ones in huge pages where the system
/// has them, since samples are read in random order. Not for two threads at once.
final class AlignedBuffer<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int
  /// nil: memory of the process.
  private let scratch: ScratchMemory?

  /// - Parameters:
  ///   - count: of elements.
  ///   - folder: where a file backs the memory, so that it isn't limited by that of the machine; nil, or a folder that can't hold
  ///     it: memory of the process.
  init(count: Int, in folder: String? = nil) {
    let bytes = max(64, (count * MemoryLayout<Element>.stride + 63) / 64 * 64)
    self.count = count
    scratch = folder.flatMap { ScratchMemory(byteCount: bytes, in: $0) }
    if let start = scratch?.bytes.baseAddress {
      pointer = start.bindMemory(to: Element.self, capacity: count)
      return
    }
    let hugePage = 2 << 20
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: bytes < hugePage ? 64 : hugePage)
    if bytes >= hugePage { madvise(raw, bytes, MADV_HUGEPAGE) }
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.bindMemory(to: Element.self, capacity: count)
  }

  deinit { if scratch == nil { UnsafeMutableRawPointer(pointer).deallocate() } }

  /// Says that the elements are read in random order from now on.
  func expectRandomAccess() { scratch?.expectRandomAccess() }

  var values: UnsafeMutableBufferPointer<Element> { UnsafeMutableBufferPointer(start: pointer, count: count) }

  func copy(from other: some Collection<Element>) {
    precondition(other.count == count)
    _ = values.update(fromContentsOf: other)
  }
}
