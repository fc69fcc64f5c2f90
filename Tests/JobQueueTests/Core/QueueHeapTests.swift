import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Heaps of the queue")
struct QueueHeapTests {
  @Test("With keys that change the least key comes first, then the least number", arguments: UInt64(0)..<20)
  func keys(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var heap = KeyedIndexHeap<Int>()
    var model: [Int: Int] = [:]
    for _ in 0..<500 {
      let number = Int.random(in: 0..<40, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        let key = Int.random(in: 0..<6, using: &random)
        heap.set(number, key: key)
        model[number] = key
      case 2:
        heap.remove(number)
        model[number] = nil
      default:
        let least = model.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        #expect(heap.popFirst() == least)
        if let least { model[least] = nil }
      }
      #expect(heap.count == model.count)
      #expect(heap.contains(number) == (model[number] != nil))
      #expect(Set(heap.all) == Set(model.keys))
    }
  }

  @Test("A study's queue gives the least place, and has each at most once", arguments: UInt64(0)..<20)
  func ordinals(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var queue = OrdinalQueue()
    var model: Set<Int> = []
    for _ in 0..<500 {
      if random.chance(0.6) {
        let place = Int.random(in: 0..<50, using: &random)
        queue.insert(place)
        model.insert(place)
      } else {
        #expect(queue.popFirst() == model.min().map { model.remove($0) ?? $0 })
      }
      #expect(queue.count == model.count)
    }
  }
}
