import Files

/// Where a member's standardised samples lie: in memory, or, if they would take much of it, in a file beside the dataset's.
/// The numbers are the same.
package struct SampleStorage: Sendable {
  /// Bytes that the process may use; nil: not known.
  private let memory: Int?
  private let folder: String

  package init(beside path: String, memory: Int?) {
    self.memory = memory
    folder = Folder.split(path).folder
  }

  /// Whether samples of so many bytes lie in a file: other processes need memory, too, and a file costs time.
  package static func isMapped(_ bytes: Int, memory: Int?) -> Bool { memory.map { bytes > $0 / 4 } ?? false }

  func scratch(_ bytes: Int) -> String? { Self.isMapped(bytes, memory: memory) ? folder : nil }
}
