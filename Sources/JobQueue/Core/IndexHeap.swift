/// A set of small whole numbers that gives its least element in O(1) and inserts, removes and tests any in
/// O(log n), O(log n) and O(1): a binary heap with the place of each number beside it.
struct IndexHeap: Sendable {
  private var heap: [Int32] = []
  private var places: [Int32] = []

  var count: Int { heap.count }
  var isEmpty: Bool { heap.isEmpty }
  var first: Int? { heap.first.map(Int.init) }

  func contains(_ index: Int) -> Bool { index < places.count && places[index] >= 0 }

  /// Does nothing if `index` is in already.
  mutating func insert(_ index: Int) {
    if index >= places.count {
      places.append(contentsOf: repeatElement(-1, count: index + 1 - places.count))
    }
    guard places[index] < 0 else { return }
    places[index] = Int32(heap.count)
    heap.append(Int32(index))
    siftUp(heap.count - 1)
  }

  /// Does nothing if `index` is not in.
  mutating func remove(_ index: Int) {
    guard contains(index) else { return }
    let place = Int(places[index])
    places[index] = -1
    let last = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = last
    places[Int(last)] = Int32(place)
    siftUp(place)
    siftDown(Int(places[Int(last)]))
  }

  mutating func popFirst() -> Int? {
    guard let first else { return nil }
    remove(first)
    return first
  }

  private mutating func siftUp(_ start: Int) {
    var place = start
    while place > 0, heap[place] < heap[(place - 1) / 2] {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func siftDown(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      if least == place { return }
      exchange(place, least)
      place = least
    }
  }

  private mutating func exchange(_ a: Int, _ b: Int) {
    heap.swapAt(a, b)
    places[Int(heap[a])] = Int32(a)
    places[Int(heap[b])] = Int32(b)
  }
}
