import Files
import Foundation
import Safetensors

/// An archive of every scalar type, with shapes and texts that are easy to get wrong.
func sampleArchive() throws -> TensorArchive {
  var archive = TensorArchive(metadata: ["format": "potline", "é": "a \"quoted\" \\ line\n\u{01}", "": "😀"])
  try archive.add("bytes", shape: [3], values: [UInt8]([0, 127, 255]))
  try archive.add("weights", shape: [2, 3], values: [Float]([0, -0.0, 1.5, .infinity, .ulpOfOne, 3]))
  try archive.add("structure", shape: [2, 1], values: [UInt16]([1, 65535]))
  try archive.add("losses", shape: [2], values: [Double]([.pi, .leastNonzeroMagnitude]))
  try archive.add("step", shape: [], values: [Int64]([-7]))
  try archive.add("counts", shape: [1], values: [Int32]([.min]))
  try archive.add("seed", shape: [1], values: [UInt64]([.max]))
  try archive.add("index", shape: [1], values: [UInt32]([.max]))
  try archive.add("nothing", shape: [0, 4], values: [Float]())
  return archive
}

/// A file of the format: the size of `header`, itself, and `data`.
func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
}

/// Runs `body` with the path of an empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "safetensors-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

extension TensorArchive {
  func write(to path: String) throws { try AtomicFile.write(encoded(), to: path) }
}

/// Writes raw bytes, for files that the format forbids.
func write(_ bytes: [UInt8], to path: String) throws { try AtomicFile.write(bytes, to: path) }
