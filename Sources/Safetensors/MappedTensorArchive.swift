import Files

/// A safetensors file in memory as the kernel caches it: read on demand, shared by all processes that map it.
///
/// The file must not be changed in place meanwhile; replacing it, as `AtomicFile` does, is safe.
package final class MappedTensorArchive: Sendable {
  /// The file.
  package let path: String

  private let header: Header

  private let entries: [String: Header.Entry]

  private let file: MappedFile

  /// Maps the file at `path` and checks its header.
  ///
  /// - Throws: `SafetensorsError` if it can't be read or isn't a whole, valid file.
  package init(_ path: String) throws(SafetensorsError) {
    do throws(FileError) { file = try MappedFile(path) } catch {
      throw SafetensorsError(path, error.problem)
    }
    header = try Header(file.bytes, path)
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    self.path = path
  }

  /// Text about the content.
  package var metadata: [String: String] { header.metadata }

  /// The names of the tensors in the order of the file.
  package var names: [String] { header.entries.map(\.name) }

  /// The element type of the tensor called `name`, or nil if there is none.
  package func element(of name: String) -> TensorElement? { entries[name]?.element }

  /// The shape of the tensor called `name`, or nil if there is none.
  package func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Lends the elements of a tensor in row-major order; the pointer is valid during `body` alone.
  ///
  /// - Throws: `SafetensorsError` if it is missing, has other elements, or isn't aligned in the file (files that
  ///   `TensorArchive` wrote always are); what `body` throws.
  package func withValues<Scalar: TensorScalar, Result>(
    of type: Scalar.Type = Scalar.self, named name: String,
    _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
  ) throws -> Result {
    guard let entry = entries[name] else { throw SafetensorsError.missing(name, among: names, in: path) }
    guard entry.element == Scalar.tensorElement else {
      throw SafetensorsError.otherElement(name, entry.element, wanted: Scalar.tensorElement, in: path)
    }
    guard entry.range.lowerBound % MemoryLayout<Scalar>.alignment == 0 else {
      throw SafetensorsError(
        path, tensor: name,
        "begins at byte \(entry.range.lowerBound), which isn't aligned: write the file anew")
    }
    return try withExtendedLifetime(self) {
      try body(UnsafeRawBufferPointer(rebasing: file.bytes[entry.range]).assumingMemoryBound(to: Scalar.self))
    }
  }

  /// Lends the elements of an F64 tensor, as `withValues` does.
  package func withDoubles<Result>(
    named name: String, _ body: (UnsafeBufferPointer<Double>) throws -> Result
  ) throws -> Result {
    try withValues(named: name, body)
  }

  /// Lends the elements of an F32 tensor, as `withValues` does.
  package func withFloats<Result>(
    named name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try withValues(named: name, body)
  }

  /// The bytes of the tensor called `name`, aligned or not, valid while the archive lives; nil if there is none.
  package func bytes(of name: String) -> UnsafeRawBufferPointer? {
    entries[name].map { UnsafeRawBufferPointer(rebasing: file.bytes[$0.range]) }
  }

  /// The content in memory of its own.
  func copy() -> TensorArchive {
    withExtendedLifetime(self) { TensorArchive(copying: file.bytes, header, path) }
  }
}
