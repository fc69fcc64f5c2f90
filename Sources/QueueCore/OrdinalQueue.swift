/// The jobs of one study that may be given out, by their places in the study: the least comes first.
///
/// A job leaves the queue in ways that this queue is not told of (another study shares it), so what comes out is looked
/// at again by who takes it. Each place is in at most once, so memory is bounded: 5 bytes a job.
struct OrdinalQueue: Sendable {
  private var heap: [Int32] = []
  private var isIn: [Bool] = []

  var count: Int { heap.count }

  /// O(log n); O(1) for a place behind all that are in.
  mutating func insert(_ ordinal: Int) {
    if ordinal >= isIn.count {
      isIn.append(contentsOf: repeatElement(false, count: ordinal + 1 - isIn.count))
    }
    if isIn[ordinal] { return }
    isIn[ordinal] = true
    heap.append(Int32(ordinal))
    var place = heap.count - 1
    while place > 0, heap[place] < heap[(place - 1) / 2] {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func popFirst() -> Int? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      siftDown()
    }
    isIn[Int(first)] = false
    return Int(first)
  }

  private mutating func siftDown() {
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      if least == place { return }
      heap.swapAt(place, least)
      place = least
    }
  }
}
