import Safetensors
import TrajectoryData

/// A block of the training trajectories that a training leaves out, so that the network can be judged on it: the rows of all
/// of them, one after the other, in equal shares.
///
/// A simulation passes through the block, and only its errors there count nothing; so no initial state is needed behind it.
struct LeftOutBlock {
  let index: Int
  let count: Int

  /// The block's rows in each of the trajectories, which have so many rows, without those that a forecast is given.
  func rows(of lengths: [Int], given: Int) -> [Range<Int>] {
    let all = lengths.reduce(0, +)
    let block = index * all / count..<(index + 1) * all / count
    var first = 0
    return lengths.map { length in
      defer { first += length }
      let rows = max(block.lowerBound - first, given)..<max(block.upperBound - first, given)
      return rows.clamped(to: min(given, length)..<length)
    }
  }
}

extension [TrajectoryView] {
  /// Calls `body` with the trajectories in whose states these rows count as not measured.
  func withMissing<Result>(
    _ rows: [Range<Int>], _ body: ([TrajectoryView]) throws -> Result
  ) rethrows -> Result {
    let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: reduce(0) { $0 + $1.states.count })
    defer { memory.deallocate() }
    var start = 0
    let views = zip(self, rows).map { view, rows in
      let states = UnsafeMutableBufferPointer(rebasing: memory[start..<start + view.states.count])
      start += view.states.count
      _ = states.initialize(from: view.states)
      let n = view.stateCount
      for k in rows.lowerBound * n..<rows.upperBound * n { states[k] = .nan }
      return TrajectoryView(
        samplingTime: view.samplingTime, stateCount: n, inputCount: view.inputCount,
        states: UnsafeBufferPointer(states), inputs: view.inputs)
    }
    return try body(views)
  }
}

/// The blocks that have been left out so far, and the errors of the forecasts there.
struct BlockValidation: Equatable, Sendable {
  /// Blocks done.
  private(set) var done = 0
  /// One for each trajectory of which a block has rows.
  private(set) var errors: [BlockError] = []

  /// As ``ForecastError``, of all steps that lead into a block.
  struct BlockError: Equatable, Sendable {
    let stepCount: Int
    let meanSquare: Double
    let meanAbsolute: Double
    let largest: Double
  }

  /// Notes the errors of the next block.
  mutating func note(_ errors: [ForecastError]) {
    done += 1
    self.errors += errors.map {
      BlockError(
        stepCount: $0.stepCount, meanSquare: $0.meanSquare, meanAbsolute: $0.meanAbsolute,
        largest: $0.largest)
    }
  }

  /// Notes that the training without the next block ended in no network.
  mutating func noteFailure() {
    done += 1
    errors.append(
      BlockError(stepCount: 1, meanSquare: .infinity, meanAbsolute: .infinity, largest: .infinity))
  }

  /// The errors as those of validation trajectories: a block's counts in every window.
  func forecastErrors(_ windows: [ForecastWindow]) -> [[ForecastError]] {
    errors.map { error in
      windows.map {
        ForecastError(
          window: $0, stepCount: error.stepCount, meanSquare: error.meanSquare,
          meanAbsolute: error.meanAbsolute, largest: error.largest)
      }
    }
  }

  func write(to archive: inout TensorArchive) throws(SafetensorsError) {
    try archive.add("blocks.done", shape: [1], values: [Int64(done)])
    try archive.add(
      "blocks.errors", shape: [errors.count, 4],
      values: errors.flatMap { [Double($0.stepCount), $0.meanSquare, $0.meanAbsolute, $0.largest] })
  }

  /// nil: the archive has none. Throws `SafetensorsError` for other sizes.
  init?(from archive: TensorArchive) throws {
    guard archive["blocks.done"] != nil else { return nil }
    done = Int(clamping: try archive.int64s(named: "blocks.done", shape: [1])[0])
    let numbers = try archive.doubles(named: "blocks.errors")
    errors = stride(from: 0, to: numbers.count - 3, by: 4).map {
      BlockError(
        stepCount: Int(exactly: numbers[$0]) ?? 0, meanSquare: numbers[$0 + 1],
        meanAbsolute: numbers[$0 + 2], largest: numbers[$0 + 3])
    }
  }

  init() {}
}
