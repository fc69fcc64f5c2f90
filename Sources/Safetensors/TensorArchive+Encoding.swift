extension TensorArchive {
  /// Where the data begins is a multiple of this, so that rows of a mapped file can be loaded into SIMD registers.
  private static let dataAlignment = 64

  /// The bytes of the file, the same for the same archive: the metadata in the order of its keys' UTF-8, then the
  /// tensors in the order of `names`, and spaces that let the data begin at a multiple of 64 bytes.
  package func encoded() -> [UInt8] {
    let tensors = names.compactMap { name in self[name].map { (name, $0) } }
    var header = Self.header(metadata, tensors)
    while (8 + header.count) % Self.dataAlignment != 0 { header.append(UInt8(ascii: " ")) }

    var file: [UInt8] = []
    file.reserveCapacity(8 + header.count + tensors.reduce(0) { $0 + $1.1.bytes.count })
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(contentsOf: header)
    for (_, tensor) in tensors { file.append(contentsOf: tensor.bytes) }
    return file
  }

  private static func header(_ metadata: [String: String], _ tensors: [(String, Tensor)]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(Header.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.bytes.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        """
        \(quoted(name)):{"dtype":"\(tensor.element.rawValue)","shape":[\(shape)],"data_offsets":[\(offset),\(end)]}
        """)
      offset = end
    }
    return Array("{\(members.joined(separator: ","))}".utf8)
  }

  /// A JSON string with as few escapes as the grammar allows.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{00}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
