import ReproducibleMath

/// Recorded runs as a simulation's training reads them: standardised float32 rows [outputs | inputs], one a time, run after
/// run. A missing output is not a number. A row's inputs are those that the network sees newest at its time: an input with
/// a dead time is shifted by whoever fills the rows, and in the first ``history`` rows of a run may be anything.
///
/// Sendable: filled once by the initialiser, never written again.
package final class RecordedRuns: @unchecked Sendable {
  /// Number of measured outputs.
  package let outputs: Int
  /// Number of input signals.
  package let inputs: Int
  /// Rows of each run before the first at which a simulation can begin.
  package let history: Int
  /// Floats from a row to the next.
  package let rowStride: Int
  /// The rows of each run.
  package let runs: [Range<Int>]
  private let rows: AlignedBuffer<Float>

  /// Runs of so many rows, which `fill` writes: it gets zeroed rows [sum of the lengths][rowStride]. With `scratch`, a folder,
  /// they lie in a file there rather than in memory.
  ///
  /// Precondition: at least one run; fewer than 2^31 rows.
  package init(
    outputs: Int, inputs: Int, history: Int, lengths: [Int], scratch: String? = nil,
    fill: (_ rows: UnsafeMutableBufferPointer<Float>, _ rowStride: Int) throws -> Void
  ) rethrows {
    let count = lengths.reduce(0, +)
    precondition(outputs > 0 && inputs >= 0 && count > 0 && count < 1 << 31)
    self.outputs = outputs
    self.inputs = inputs
    self.history = history
    rowStride = (outputs + inputs + 3) / 4 * 4
    var start = 0
    runs = lengths.map { length in
      defer { start += length }
      return start..<start + length
    }
    // The kernels read up to 8 floats past the last row's end.
    rows = AlignedBuffer(count: count * rowStride + 8, in: scratch)
    try fill(UnsafeMutableBufferPointer(rebasing: rows.values[..<(count * rowStride)]), rowStride)
  }

  /// Bytes of so many such rows.
  package static func byteCount(_ rows: Int, outputs: Int, inputs: Int) -> Int {
    rows * ((outputs + inputs + 3) / 4 * 4) * MemoryLayout<Float>.size
  }

  /// Number of rows from which a step can be predicted, of all runs.
  package var sampleCount: Int { runs.reduce(0) { $0 + max(0, $1.count - 1 - history) } }

  /// Number of rows of all runs.
  package var count: Int { runs.last?.upperBound ?? 0 }

  /// An output, or after them an input, of a row.
  package func value(_ row: Int, _ signal: Int) -> Float { rows.pointer[row * rowStride + signal] }

  var pointer: UnsafePointer<Float> { UnsafePointer(rows.pointer) }

  /// The rows at which a window can begin, ascending: with ``history`` rows of the same run before it, all outputs measured
  /// in the last `lags` rows up to it, and at least one row after it. Those from which `steps` steps are recorded, or of a run
  /// in which there is none the first. O(rows x outputs).
  func windowStarts(lags: Int, steps: Int) -> [Int32] {
    var starts: [Int32] = []
    for run in runs {
      var measured = 0
      var first: Int32?
      let before = starts.count
      for row in run.dropLast() {
        measured = isMeasured(row) ? measured + 1 : 0
        guard measured >= lags, row - run.lowerBound >= history else { continue }
        first = first ?? Int32(row)
        if row + steps < run.upperBound { starts.append(Int32(row)) }
      }
      if starts.count == before, let first { starts.append(first) }
    }
    return starts
  }

  /// The run of a row, by bisection.
  func run(of row: Int) -> Range<Int> {
    var (low, high) = (0, runs.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if runs[middle].lowerBound <= row { low = middle } else { high = middle }
    }
    return runs[low]
  }

  private func isMeasured(_ row: Int) -> Bool {
    (0..<outputs).allSatisfy { !(pointer + row * rowStride)[$0].isNaN }
  }
}
