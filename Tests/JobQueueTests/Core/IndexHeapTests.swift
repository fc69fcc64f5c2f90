import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Heap of indices")
struct IndexHeapTests {
  @Test("It does what a sorted set does", arguments: UInt64(0)..<20)
  func model(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var heap = IndexHeap()
    var model: Set<Int> = []
    for _ in 0..<500 {
      let number = Int.random(in: 0..<60, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        heap.insert(number)
        model.insert(number)
      case 2:
        heap.remove(number)
        model.remove(number)
      default: #expect(heap.popFirst() == model.min().map { model.remove($0) ?? $0 })
      }
      #expect(heap.first == model.min())
      #expect(heap.count == model.count)
      #expect(heap.contains(number) == model.contains(number))
    }
  }
}
