/// Standardised samples as the trainer reads them: float32 rows [inputs | targets | padding to a multiple of 8],
/// and one row of zeros after the last.
///
/// Sendable: filled once by the initialiser, never written again but by the owner of a batch's own samples.
package final class TrainingSamples: @unchecked Sendable {
  /// Number of samples.
  package let count: Int
  /// Width of an input.
  package let inputs: Int
  /// Width of a target.
  package let targets: Int
  /// Floats from a row to the next.
  package let rowStride: Int
  /// The samples of each run, in order; within a run they follow one another in time.
  package let runs: [Range<Int>]
  private let rows: AlignedBuffer<Float>

  /// Samples that `fill` writes: it gets zeroed rows [count][rowStride], each to hold the inputs, then the targets. By
  /// default they are of one run. With `scratch`, a folder, they lie in a file there rather than in memory.
  package init(
    count: Int, inputs: Int, targets: Int, runs: [Range<Int>]? = nil, scratch: String? = nil,
    fill: (_ rows: UnsafeMutableBufferPointer<Float>, _ rowStride: Int) throws -> Void
  ) rethrows {
    precondition(count > 0 && count <= 1 << 31 && inputs > 0 && targets > 0)
    self.count = count
    self.inputs = inputs
    self.targets = targets
    self.runs = runs ?? [0..<count]
    rowStride = (inputs + targets + 7) / 8 * 8
    // The kernels read 8 floats at a time, past the last row's end.
    rows = AlignedBuffer(count: (count + 1) * rowStride + 8, in: scratch)
    let writable = UnsafeMutableBufferPointer(rebasing: rows.values[..<(count * rowStride)])
    try fill(writable, rowStride)
    rows.expectRandomAccess()
  }

  /// Bytes of such samples.
  package static func byteCount(_ count: Int, inputs: Int, targets: Int) -> Int {
    count * ((inputs + targets + 7) / 8 * 8) * MemoryLayout<Float>.size
  }

  var pointer: UnsafePointer<Float> { UnsafePointer(rows.pointer) }

  /// For samples of which nobody else knows.
  var writablePointer: UnsafeMutablePointer<Float> { rows.pointer }
}
