/// A zip archive: its entries by the directory at its end.
struct ZipArchive {
  struct Entry {
    let name: String
    /// 0 stored, 8 deflated.
    let method: UInt16
    let isEncrypted: Bool
    let checksum: UInt32
    let packedSize: Int
    let size: Int
    let header: Int
  }

  let entries: [Entry]
  private let bytes: ArrayBytes

  /// Nil if there is no whole directory.
  init?(_ bytes: ArrayBytes) {
    self.bytes = bytes
    let all = bytes.bytes
    guard all.count >= 22 else { return nil }
    let lowest = max(0, all.count - 22 - 65_535)
    guard
      let end = stride(from: all.count - 22, through: lowest, by: -1).first(where: {
        all[$0] == 0x50 && all[$0 + 1] == 0x4B && all[$0 + 2] == 5 && all[$0 + 3] == 6
      })
    else { return nil }
    var cursor = ByteCursor(all, at: end + 10)
    guard var count = cursor.int(UInt16.self), cursor.take(4) != nil, var start = cursor.int(UInt32.self)
    else {
      return nil
    }
    if count == 0xFFFF || start == 0xFFFF_FFFF {
      var locator = ByteCursor(all, at: end - 20)
      guard end >= 20, locator.number(UInt32.self) == 0x0706_4B50, locator.take(4) != nil,
        let record = locator.int(UInt64.self), record < all.count
      else { return nil }
      var large = ByteCursor(all, at: record)
      guard large.number(UInt32.self) == 0x0606_4B50, large.take(28) != nil,
        let largeCount = large.int(UInt64.self), large.take(8) != nil, let largeStart = large.int(UInt64.self)
      else { return nil }
      (count, start) = (largeCount, largeStart)
    }
    // An entry of the directory has at least 46 bytes.
    guard start <= all.count, count <= all.count / 46 else { return nil }
    var directory = ByteCursor(all, at: start)
    var entries: [Entry] = []
    for _ in 0..<count {
      guard let entry = Self.entry(&directory) else { return nil }
      entries.append(entry)
    }
    self.entries = entries
  }

  private static func entry(_ cursor: inout ByteCursor) -> Entry? {
    guard cursor.number(UInt32.self) == 0x0201_4B50, cursor.take(4) != nil,
      let flags = cursor.number(UInt16.self), let method = cursor.number(UInt16.self), cursor.take(4) != nil,
      let checksum = cursor.number(UInt32.self), var packed = cursor.int(UInt32.self),
      var size = cursor.int(UInt32.self), let nameCount = cursor.int(UInt16.self),
      let extraCount = cursor.int(UInt16.self), let commentCount = cursor.int(UInt16.self),
      cursor.take(8) != nil, var header = cursor.int(UInt32.self), let name = cursor.text(nameCount)
    else { return nil }
    let end = cursor.offset + extraCount
    while cursor.offset + 4 <= end {
      guard let id = cursor.number(UInt16.self), let length = cursor.int(UInt16.self) else { return nil }
      let next = cursor.offset + length
      guard next <= end else { return nil }
      if id == 1 {
        // Sizes beyond 32 bits, those of the three that are all ones.
        for place in 0..<3 {
          let isLarge = [size, packed, header][place] == 0xFFFF_FFFF
          guard isLarge else { continue }
          guard cursor.offset + 8 <= next, let value = cursor.int(UInt64.self) else { return nil }
          if place == 0 { size = value } else if place == 1 { packed = value } else { header = value }
        }
      }
      guard cursor.take(next - cursor.offset) != nil else { return nil }
    }
    guard cursor.take(end - cursor.offset + commentCount) != nil else { return nil }
    return Entry(
      name: name, method: method, isEncrypted: flags & 1 != 0, checksum: checksum, packedSize: packed,
      size: size, header: header)
  }

  /// The content of an entry, unpacked; a description of what is wrong with it otherwise.
  func content(of entry: Entry) -> Result<ArrayBytes, Damage> {
    if entry.isEncrypted { return .failure(Damage(text: "is encrypted")) }
    var cursor = ByteCursor(bytes.bytes, at: min(entry.header, bytes.bytes.count))
    guard cursor.number(UInt32.self) == 0x0403_4B50, cursor.take(22) != nil,
      let name = cursor.int(UInt16.self), let extra = cursor.int(UInt16.self),
      cursor.take(name + extra) != nil, let range = cursor.take(entry.packedSize)
    else { return .failure(Damage(text: "its data are cut off")) }
    let content: ArrayBytes
    switch entry.method {
    case 0 where entry.size == entry.packedSize: content = bytes.part(range)
    case 8:
      guard
        let unpacked = Deflate.unpack(
          UnsafeRawBufferPointer(rebasing: bytes.bytes[range]), .raw, size: entry.size)
      else { return .failure(Damage(text: "its packed data are damaged")) }
      content = unpacked
    default: return .failure(Damage(text: "is packed by method \(entry.method), which is not read"))
    }
    guard Deflate.crc32(content.bytes) == entry.checksum else {
      return .failure(Damage(text: "its checksum is wrong"))
    }
    return .success(content)
  }

  struct Damage: Error { let text: String }
}
