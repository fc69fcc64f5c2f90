import Glibc

/// A kind of file, recognised by its first bytes.
package enum FileKind: Hashable, Sendable, CaseIterable {
  case empty
  /// Bytes without NUL: UTF-8 or another encoding that extends ASCII.
  case text
  case utf16Text
  case gzip, bzip2, xz, zstandard
  case zip, excelWorkbook, oldExcelWorkbook, numpyArchive
  case numpyArray, matlab, hdf5, parquet, arrow, safetensors, sqlite, pdf
  /// None of the others.
  case binary

  /// As many first bytes as the recognition wants.
  package static let byteCount = 4096

  /// Opens the file and looks at its first bytes.
  package static func of(_ path: String) throws(FileError) -> FileKind {
    FileKind(firstBytes: try FileContent.first(byteCount, of: path))
  }

  /// - Parameter bytes: The first ``byteCount`` bytes of the file, or all if it has fewer.
  package init(firstBytes bytes: [UInt8]) {
    if bytes.isEmpty {
      self = .empty
    } else if let signature = Self.signatures.first(where: { bytes.starts(with: $0.bytes) }) {
      self = signature.kind == .zip ? Self.zipKind(bytes) : signature.kind
    } else if Self.isSafetensors(bytes) {
      self = .safetensors
    } else if Self.isMATLAB4(bytes) {
      self = .matlab
    } else {
      self = bytes.contains(0) ? .binary : .text
    }
  }

  /// Whether programs that read text can make sense of it.
  package var isText: Bool { self == .text || self == .empty }

  /// For a message: “a gzip archive”.
  package var name: String {
    switch self {
    case .empty: "an empty file"
    case .text: "a text file"
    case .utf16Text: "a text file in UTF-16"
    case .gzip: "a gzip archive"
    case .bzip2: "a bzip2 archive"
    case .xz: "an xz archive"
    case .zstandard: "a Zstandard archive"
    case .zip: "a zip archive"
    case .excelWorkbook: "an Excel workbook (xlsx)"
    case .oldExcelWorkbook: "an Excel workbook (xls) or another old Office document"
    case .numpyArchive: "an archive of NumPy arrays (npz)"
    case .numpyArray: "a NumPy array (npy)"
    case .matlab: "a MATLAB file (mat)"
    case .hdf5: "an HDF5 file"
    case .parquet: "a Parquet file"
    case .arrow: "an Arrow file"
    case .safetensors: "a safetensors file"
    case .sqlite: "an SQLite database"
    case .pdf: "a PDF document"
    case .binary: "a binary file"
    }
  }

  private static let signatures: [(bytes: [UInt8], kind: FileKind)] = [
    ([0x1F, 0x8B], .gzip), (Array("BZh".utf8), .bzip2), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
    ([0x28, 0xB5, 0x2F, 0xFD], .zstandard), (Array("PK\u{3}\u{4}".utf8), .zip),
    (Array("PK\u{5}\u{6}".utf8), .zip),
    ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .oldExcelWorkbook),
    ([0x93] + Array("NUMPY".utf8), .numpyArray),
    // Before HDF5, on which version 7.3 of the format is built.
    (Array("MATLAB 5.0 MAT-file".utf8), .matlab), (Array("MATLAB 7.3 MAT-file".utf8), .matlab),
    ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), .hdf5), (Array("PAR1".utf8), .parquet),
    (Array("ARROW1".utf8), .arrow), (Array("SQLite format 3\0".utf8), .sqlite), (Array("%PDF-".utf8), .pdf),
    ([0xFF, 0xFE], .utf16Text), ([0xFE, 0xFF], .utf16Text),
  ]

  /// The names of the files in a zip archive stand before their contents, uncompressed.
  private static func zipKind(_ bytes: [UInt8]) -> FileKind {
    if bytes.contains(subsequence: Array("xl/".utf8))
      || bytes.contains(subsequence: Array("[Content_Types].xml".utf8))
    {
      return .excelWorkbook
    }
    return bytes.contains(subsequence: Array(".npy".utf8)) ? .numpyArchive : .zip
  }

  /// Level 4 has no signature: the type of the first variable as a number below 5000, its rows, columns, whether it is complex,
  /// and the length of its name, which follows and ends in NUL.
  private static func isMATLAB4(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 20 else { return false }
    func number(_ place: Int, _ isBigEndian: Bool) -> UInt32 {
      let four = bytes[4 * place..<4 * place + 4]
      return (isBigEndian ? Array(four) : four.reversed()).reduce(0) { $0 << 8 | UInt32($1) }
    }
    return [false, true].contains { isBigEndian in
      let (type, length) = (number(0, isBigEndian), Int(number(4, isBigEndian)))
      guard type / 1000 == (isBigEndian ? 1 : 0), type / 100 % 10 == 0, type / 10 % 10 < 6, type % 10 < 3,
        number(3, isBigEndian) < 2, (2...64).contains(length), bytes.count >= 20 + length
      else { return false }
      let name = bytes[20..<20 + length]
      return name.last == 0
        && name.dropLast().allSatisfy { $0 == UInt8(ascii: "_") || $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 }
    }
  }

  /// The size of a header in eight bytes, then the header, a JSON object.
  private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
    let size = bytes.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    return (2...100_000_000).contains(size)
  }
}

extension [UInt8] {
  fileprivate func contains(subsequence: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: subsequence) }
  }
}
