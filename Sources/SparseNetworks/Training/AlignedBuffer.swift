/// Zeroed memory of fixed size at a 64-byte boundary, as the kernels want it. Not for two threads at once.
final class AlignedBuffer<Element: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(count: Int) {
    let bytes = max(64, (count * MemoryLayout<Element>.stride + 63) / 64 * 64)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
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
