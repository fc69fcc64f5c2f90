import Files
import Glibc

/// The text of a file as UTF-8 bytes, a piece at a time, whatever its encoding; memory is bounded by the longest line.
///
/// The bytes to read are `start..<end`; a line end that isn't part of the file stands at `end`.
final class TextChunks {
  /// Bytes that are read at once.
  static let pieceSize = 1 << 18
  /// The longest line in bytes.
  static let lineLimit = 1 << 28

  private(set) var end: UnsafeMutablePointer<UInt8>
  /// Where the next line begins; the reader moves it.
  var start: UnsafeMutablePointer<UInt8>
  /// Whether the file ends at `end`.
  private(set) var isComplete = false
  /// Bytes of the file that have been read.
  private(set) var bytesRead = 0
  /// Bytes of the file.
  let size: Int
  /// The first NUL in the bytes.
  private(set) var nul: UnsafeMutablePointer<UInt8>?

  private let source: TextSource
  private let encoding: TableFormat.Encoding
  private let piece: Int
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var raw: [UInt8] = []
  private var utf16 = UTF16Decoder()

  /// Bytes in memory in place of a file.
  convenience init(
    bytes: [UInt8], name: String, encoding: TableFormat.Encoding, piece: Int = TextChunks.pieceSize
  ) throws(TableError) {
    try self.init(TextSource(bytes, name: name), encoding, piece: piece)
  }

  /// Reads the first piece of a source.
  init(
    _ source: TextSource, _ encoding: TableFormat.Encoding, piece: Int = TextChunks.pieceSize
  ) throws(TableError) {
    (self.source, self.encoding, self.piece) = (source, encoding, piece)
    size = source.size
    // A Latin-1 byte becomes at most two, a UTF-16 unit (two bytes) at most three.
    capacity = 3 * piece
    buffer = .allocate(capacity: capacity + 1 + DecimalNumber.padding)
    // Bytes behind the end are read, never used.
    (start, end) = (buffer, buffer)
    end.pointee = UInt8(ascii: "\n")
    while !isComplete, end - start < 3 { try fill() }
    if encoding == .utf8, end - start >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF {
      start += 3
    }
  }

  deinit { buffer.deallocate() }

  /// Moves the bytes from `start` to the front and reads more behind them. Pointers into the text are invalid afterwards.
  func fill() throws(TableError) {
    let kept = end - start
    let offset = nul.map { $0 - start }
    guard kept < Self.lineLimit else { throw TableError(.longLine(Self.lineLimit), file: source.name) }
    if kept + 3 * piece > capacity {
      let larger = UnsafeMutablePointer<UInt8>.allocate(
        capacity: 2 * capacity + 1 + DecimalNumber.padding)
      larger.update(from: start, count: kept)
      buffer.deallocate()
      buffer = larger
      capacity *= 2
    } else {
      buffer.update(from: start, count: kept)
    }
    start = buffer
    end = buffer + kept
    // A long line fills the whole buffer, so that it is looked at only a few times.
    let wanted = encoding == .utf8 ? capacity - kept : (capacity - kept) / 3
    let new = try append(max(min(wanted, max(piece, kept)), 1))
    nul =
      if let offset, offset >= 0 { start + offset } else {
        memoryFind(0, in: UnsafeMutableBufferPointer(start: end, count: new))
      }
    end += new
    end.pointee = UInt8(ascii: "\n")
  }

  private func append(_ wanted: Int) throws(TableError) -> Int {
    if encoding == .utf8 {
      let count = try source.read(into: UnsafeMutableRawBufferPointer(start: end, count: wanted))
      bytesRead += count
      isComplete = count < wanted
      return count
    }
    var raw = self.raw
    self.raw = []
    if raw.count != wanted { raw = [UInt8](repeating: 0, count: wanted) }
    defer { self.raw = raw }
    let result = raw.withUnsafeMutableBytes { buffer in
      Result { () throws(TableError) in try source.read(into: buffer) }
    }
    let count = try result.get()
    bytesRead += count
    isComplete = count < wanted
    var target = end
    if encoding == .latin1 {
      for byte in raw.prefix(count) {
        if byte < 0x80 {
          target.pointee = byte
          target += 1
        } else {
          target[0] = 0xC0 | byte >> 6
          target[1] = 0x80 | byte & 0x3F
          target += 2
        }
      }
      return target - end
    }
    guard utf16.decode(raw.prefix(count), isLast: isComplete, into: &target) else {
      throw TableError(.encoding(.utf16), file: source.name)
    }
    return target - end
  }

  private func memoryFind(
    _ byte: UInt8, in bytes: UnsafeMutableBufferPointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8>? {
    guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return nil }
    return found.assumingMemoryBound(to: UInt8.self)
  }
}

/// Turns UTF-16 with a byte-order mark into UTF-8, piece by piece.
private struct UTF16Decoder {
  private var isBigEndian: Bool?
  private var oddByte: UInt8?
  private var highSurrogate: UInt32?

  /// False for bytes that are not UTF-16.
  mutating func decode(
    _ bytes: ArraySlice<UInt8>, isLast: Bool, into target: inout UnsafeMutablePointer<UInt8>
  ) -> Bool {
    for byte in bytes {
      guard let first = oddByte else {
        oddByte = byte
        continue
      }
      oddByte = nil
      guard let isBigEndian else {
        switch (first, byte) {
        case (0xFF, 0xFE): isBigEndian = false
        case (0xFE, 0xFF): isBigEndian = true
        default: return false
        }
        continue
      }
      let unit = isBigEndian ? UInt32(first) << 8 | UInt32(byte) : UInt32(byte) << 8 | UInt32(first)
      guard append(unit, to: &target) else { return false }
    }
    return !isLast || (oddByte == nil && highSurrogate == nil)
  }

  private mutating func append(_ unit: UInt32, to target: inout UnsafeMutablePointer<UInt8>) -> Bool {
    if let high = highSurrogate {
      guard 0xDC00...0xDFFF ~= unit else { return false }
      highSurrogate = nil
      let scalar = 0x10000 + (high & 0x3FF) << 10 + (unit & 0x3FF)
      target[0] = UInt8(0xF0 | scalar >> 18)
      target[1] = UInt8(0x80 | scalar >> 12 & 0x3F)
      target[2] = UInt8(0x80 | scalar >> 6 & 0x3F)
      target[3] = UInt8(0x80 | scalar & 0x3F)
      target += 4
      return true
    }
    switch unit {
    case ..<0x80:
      target.pointee = UInt8(unit)
      target += 1
    case ..<0x800:
      target[0] = UInt8(0xC0 | unit >> 6)
      target[1] = UInt8(0x80 | unit & 0x3F)
      target += 2
    case 0xD800...0xDBFF: highSurrogate = unit
    case 0xDC00...0xDFFF: return false
    default:
      target[0] = UInt8(0xE0 | unit >> 12)
      target[1] = UInt8(0x80 | unit >> 6 & 0x3F)
      target[2] = UInt8(0x80 | unit & 0x3F)
      target += 3
    }
    return true
  }
}

/// The bytes of a file or of memory, whose beginning can be looked at before they are read.
final class TextSource {
  let name: String
  let size: Int
  /// The first bytes, at most 2^18.
  let head: [UInt8]
  private let file: InputFile?
  /// Bytes that are yet to be handed over before those of the file.
  private var rest: ArraySlice<UInt8>

  /// Opens a file and reads its beginning. Refuses folders and pipes.
  init(file path: String) throws(TableError) {
    name = path
    do throws(FileError) {
      let file = try InputFile(path)
      var count = 0
      head = try [UInt8](unsafeUninitializedCapacity: min(file.size + 1, TextChunks.pieceSize)) {
        buffer, filled throws(FileError) in
        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        filled = count
      }
      self.file = file
      size = file.size
    } catch {
      throw TableError(error)
    }
    rest = head[...]
  }

  init(_ bytes: [UInt8], name: String) {
    self.name = name
    file = nil
    size = bytes.count
    head = Array(bytes.prefix(TextChunks.pieceSize))
    rest = bytes[...]
  }

  /// Fills the buffer, or what is left; returns the number of bytes.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
    let count = min(rest.count, buffer.count)
    if count > 0 {
      rest.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      rest = rest.dropFirst(count)
    }
    guard let file, count < buffer.count else { return count }
    do throws(FileError) {
      return count + (try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])))
    } catch {
      throw TableError(error)
    }
  }
}
