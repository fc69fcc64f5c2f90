import CheckedJSON

/// The header of a file, checked against the file's size.
struct Header: Sendable {
  /// One tensor's place.
  struct Entry: Sendable {
    let name: String
    let element: TensorElement
    let shape: [Int]
    /// The bytes of the file that hold it.
    let range: Range<Int>
  }

  /// The name that the format keeps for text.
  static let metadataKey = "__metadata__"

  /// A header is three levels deep.
  private static let maximumDepth = 8

  /// The bound that the format's own reader has, against files made to exhaust memory.
  static let maximumByteCount = 100_000_000

  let metadata: [String: String]

  /// In the order of the data.
  let entries: [Entry]

  /// Reads the header of a whole `file`.
  init(_ file: UnsafeRawBufferPointer, _ source: String) throws(SafetensorsError) {
    guard file.count >= 8 else {
      throw SafetensorsError(source, "is cut short: \(file.count) bytes can't hold the size of a header")
    }
    let size = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard size <= Self.maximumByteCount else {
      throw SafetensorsError(
        source,
        "is no safetensors file: its header would have \(size) bytes, more than \(Self.maximumByteCount)")
    }
    let dataStart = 8 + Int(size)
    guard dataStart <= file.count else {
      throw SafetensorsError(source, "is cut short: the header ends at byte \(dataStart) of \(file.count)")
    }
    guard size > 0, file[8] == UInt8(ascii: "{") else {
      throw SafetensorsError(source, "is no safetensors file: no header begins at byte 8")
    }

    let header: JSON
    do throws(JSONSyntaxError) {
      header = try JSON(
        UnsafeRawBufferPointer(rebasing: file[8..<dataStart]), maximumDepth: Self.maximumDepth)
    } catch {
      throw SafetensorsError(source, "the header isn't valid at byte \(8 + error.offset): \(error.problem)")
    }
    guard case .object(let members) = header else {
      throw SafetensorsError(source, "the header isn't an object")
    }

    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for member in members {
      if member.name == Self.metadataKey {
        metadata = try Self.metadata(member.value, source)
      } else {
        entries.append(try Self.entry(member.name, member.value, dataStart..<file.count, source))
      }
    }
    self.metadata = metadata
    self.entries = try Self.contiguous(entries, dataStart..<file.count, source)
  }

  private static func metadata(_ value: JSON, _ source: String) throws(SafetensorsError) -> [String: String] {
    guard case .object(let members) = value else {
      throw SafetensorsError(source, "\(metadataKey) isn't an object")
    }
    var metadata: [String: String] = [:]
    for member in members {
      guard let text = member.value.text else {
        throw SafetensorsError(source, "\(metadataKey) has a value for “\(member.name)” that isn't a string")
      }
      metadata[member.name] = text
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ value: JSON, _ data: Range<Int>, _ source: String
  ) throws(SafetensorsError) -> Entry {
    guard let dtype = value["dtype"]?.text, let shape = value["shape"]?.naturals,
      let offsets = value["data_offsets"]?.naturals, offsets.count == 2
    else {
      throw SafetensorsError(
        source, tensor: name, "needs a dtype, a shape of whole numbers, and data_offsets of two whole numbers"
      )
    }
    guard let element = TensorElement(rawValue: dtype) else {
      throw SafetensorsError(source, tensor: name, "has the dtype “\(dtype)”, which isn't known here")
    }
    guard let size = tensorByteCount(element, shape) else {
      throw SafetensorsError(source, tensor: name, "has the shape \(shape), which is too large")
    }
    guard offsets[0] <= offsets[1], offsets[1] <= data.count else {
      throw SafetensorsError(
        source, tensor: name,
        "is at bytes \(offsets[0]) to \(offsets[1]) of \(data.count): the file is cut short or corrupted")
    }
    guard offsets[1] - offsets[0] == size else {
      throw SafetensorsError(
        source, tensor: name,
        "has \(offsets[1] - offsets[0]) bytes, but \(dtype) in the shape \(shape) takes \(size)")
    }
    let start = data.lowerBound + offsets[0]
    return Entry(name: name, element: element, shape: shape, range: start..<start + size)
  }

  /// The entries in the order of the data, which they must fill without gap or overlap.
  private static func contiguous(
    _ entries: [Entry], _ data: Range<Int>, _ source: String
  ) throws(SafetensorsError) -> [Entry] {
    let sorted = entries.enumerated().sorted {
      ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
        < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
    }.map(\.element)
    var end = data.lowerBound
    for entry in sorted {
      guard entry.range.lowerBound == end else {
        let what = entry.range.lowerBound > end ? "leaves a gap after" : "overlaps"
        throw SafetensorsError(source, tensor: entry.name, "\(what) the data before it")
      }
      end = entry.range.upperBound
    }
    guard end == data.upperBound else {
      throw SafetensorsError(source, "\(data.upperBound - end) bytes at the end belong to no tensor")
    }
    return sorted
  }
}
