/// A set of small whole numbers, each with a key. It gives the one with the least key, and of those the least number,
/// in O(1), tests any in O(1), and inserts, changes and removes any in O(log n): a binary heap with the place of each
/// number beside it.
struct KeyedIndexHeap<Key: Comparable & Sendable>: Sendable {
  private var heap: [(key: Key, index: Int32)] = []
  private var places: [Int32] = []

  var count: Int { heap.count }
  var isEmpty: Bool { heap.isEmpty }
  var first: Int? { heap.first.map { Int($0.index) } }
  /// In no particular order, but the same in each run.
  var all: some Sequence<Int> { heap.lazy.map { Int($0.index) } }

  func contains(_ index: Int) -> Bool { index < places.count && places[index] >= 0 }

  /// Inserts `index`, or changes its key.
  mutating func set(_ index: Int, key: Key) {
    if index >= places.count {
      places.append(contentsOf: repeatElement(-1, count: index + 1 - places.count))
    }
    if places[index] >= 0 {
      heap[Int(places[index])].key = key
    } else {
      places[index] = Int32(heap.count)
      heap.append((key, Int32(index)))
    }
    siftUp(Int(places[index]))
    siftDown(Int(places[index]))
  }

  /// Does nothing if `index` is not in.
  mutating func remove(_ index: Int) {
    guard contains(index) else { return }
    let place = Int(places[index])
    places[index] = -1
    let last = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = last
    places[Int(last.index)] = Int32(place)
    siftUp(place)
    siftDown(Int(places[Int(last.index)]))
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
    places[Int(heap[a].index)] = Int32(a)
    places[Int(heap[b].index)] = Int32(b)
  }
}

/// A set of small whole numbers that gives its least.
typealias IndexHeap = KeyedIndexHeap<Int32>

extension IndexHeap {
  /// Does nothing if `index` is in already.
  mutating func insert(_ index: Int) { set(index, key: Int32(index)) }
}
