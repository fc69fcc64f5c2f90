/// Named tensors and text about them: the content of a safetensors file.
///
/// Tensors are kept in the order of the file: the widest elements first, those of one width as they were added. So
/// each tensor begins at a multiple of its elements' size, although the format allows no gaps.
package struct TensorArchive: Sendable {
  /// Text about the content.
  package var metadata: [String: String]

  /// The names of the tensors in the order of the file.
  package private(set) var names: [String] = []

  private var tensors: [String: Tensor] = [:]

  /// The file that it was read from, for errors.
  private let source: String

  /// An archive without tensors.
  package init(metadata: [String: String] = [:]) {
    self.metadata = metadata
    source = "new tensor archive"
  }

  /// Reads an archive from the bytes of a file.
  ///
  /// - Parameter source: What to call the bytes in errors.
  /// - Throws: `SafetensorsError` for anything that isn't a whole, valid file.
  package init(decoding bytes: [UInt8], source: String = "tensor archive") throws(SafetensorsError) {
    let result = bytes.withUnsafeBytes { raw in
      Result { () throws(SafetensorsError) in try TensorArchive(copying: raw, Header(raw, source), source) }
    }
    self = try result.get()
  }

  /// Reads an archive from the file at `path`.
  ///
  /// - Throws: `SafetensorsError` if it can't be read or isn't a whole, valid file.
  package init(contentsOf path: String) throws(SafetensorsError) {
    let file = try MappedTensorArchive(path)
    self = file.copy()
  }

  /// Copies the tensors that `header` describes out of the `file` that it was read from.
  init(copying file: UnsafeRawBufferPointer, _ header: Header, _ source: String) {
    metadata = header.metadata
    self.source = source
    for entry in header.entries {
      guard
        let tensor = Tensor(element: entry.element, shape: entry.shape, bytes: Array(file[entry.range]))
      else { preconditionFailure("the header was checked") }
      insert(entry.name, tensor)
    }
  }

  /// The tensor called `name`, or nil if there is none.
  package subscript(name: String) -> Tensor? { tensors[name] }

  /// Adds a tensor.
  ///
  /// - Throws: `SafetensorsError` if there is one of that name, or if it is `__metadata__`, which the format keeps
  ///   for itself.
  /// - Complexity: O(number of tensors).
  package mutating func add(_ name: String, _ tensor: Tensor) throws(SafetensorsError) {
    guard name != Header.metadataKey else {
      throw SafetensorsError(source, tensor: name, "the format keeps this name for itself")
    }
    guard tensors[name] == nil else {
      throw SafetensorsError(source, tensor: name, "is there already")
    }
    insert(name, tensor)
  }

  /// Adds a tensor of `values` in row-major order.
  ///
  /// - Throws: `SafetensorsError` as the other `add` does, and if `shape` asks for another number of values.
  package mutating func add<Scalar: TensorScalar>(
    _ name: String, shape: [Int], values: [Scalar]
  ) throws(SafetensorsError) {
    guard let tensor = Tensor(shape: shape, values: values) else {
      throw SafetensorsError(source, tensor: name, "\(values.count) values don't fill the shape \(shape)")
    }
    try add(name, tensor)
  }

  /// The elements of a tensor in row-major order.
  ///
  /// - Parameter shape: The shape that it must have; nil is any.
  /// - Throws: `SafetensorsError` if it is missing, or has other elements or another shape.
  package func values<Scalar: TensorScalar>(
    of type: Scalar.Type = Scalar.self, named name: String, shape: [Int]? = nil
  ) throws(SafetensorsError) -> [Scalar] {
    guard let tensor = tensors[name] else {
      throw .missing(name, among: names, in: source)
    }
    if let shape, shape != tensor.shape {
      throw SafetensorsError(source, tensor: name, "has the shape \(tensor.shape), not \(shape)")
    }
    guard let values = tensor.values(of: type) else {
      throw .otherElement(name, tensor.element, wanted: Scalar.tensorElement, in: source)
    }
    return values
  }

  private mutating func insert(_ name: String, _ tensor: Tensor) {
    let width = tensor.element.byteCount
    let index = names.lastIndex { (tensors[$0]?.element.byteCount ?? 0) >= width }
    names.insert(name, at: index.map { $0 + 1 } ?? 0)
    tensors[name] = tensor
  }
}

extension TensorArchive: Hashable {
  /// Whether content and order are the same, wherever they were read from.
  package static func == (left: TensorArchive, right: TensorArchive) -> Bool {
    left.names == right.names && left.metadata == right.metadata && left.tensors == right.tensors
  }

  /// Hashes what `==` compares.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(names)
    hasher.combine(metadata)
    hasher.combine(tensors)
  }
}

extension SafetensorsError {
  static func missing(_ name: String, among names: [String], in source: String) -> SafetensorsError {
    let there = names.isEmpty ? "there are none" : "there are \(names.sorted().joined(separator: ", "))"
    return SafetensorsError(source, tensor: name, "is missing; \(there)")
  }

  static func otherElement(
    _ name: String, _ element: TensorElement, wanted: TensorElement, in source: String
  ) -> SafetensorsError {
    SafetensorsError(source, tensor: name, "is \(element.rawValue), not \(wanted.rawValue)")
  }
}
