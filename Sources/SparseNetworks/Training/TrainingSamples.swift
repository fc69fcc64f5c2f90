/// Standardised samples (input, target) as the trainer reads them: float32 rows of
/// [inputs padded to 8 | targets padded to 8], and one row of zeros after the last.
///
/// Sendable: filled once by the initialiser, never written again.
public final class TrainingSamples: @unchecked Sendable {
  /// Number of samples.
  public let count: Int
  /// Width of an input.
  public let inputs: Int
  /// Width of a target.
  public let targets: Int
  /// Floats from a row to the next.
  public let rowStride: Int
  /// Where the target begins in a row.
  public let targetStart: Int
  private let rows: AlignedBuffer<Float>

  /// Samples that `fill` writes: it gets zeroed rows [count][rowStride], and where the target begins in a row.
  public init(
    count: Int, inputs: Int, targets: Int,
    fill: (_ rows: UnsafeMutableBufferPointer<Float>, _ rowStride: Int, _ targetStart: Int) throws -> Void
  ) rethrows {
    precondition(count > 0 && count <= 1 << 31 && inputs > 0 && targets > 0)
    self.count = count
    self.inputs = inputs
    self.targets = targets
    targetStart = (inputs + 7) / 8 * 8
    rowStride = targetStart + (targets + 7) / 8 * 8
    rows = AlignedBuffer(count: (count + 1) * rowStride)
    let writable = UnsafeMutableBufferPointer(rebasing: rows.values[..<(count * rowStride)])
    try fill(writable, rowStride, targetStart)
  }

  var pointer: UnsafePointer<Float> { UnsafePointer(rows.pointer) }
}
