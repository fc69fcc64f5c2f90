import Files
import Testing

@Suite struct FileKindTests {
  static let examples: [([UInt8], FileKind)] = [
    ([], .empty), (Array("t,a\n0,1\n".utf8), .text), (Array("µ,ä\n".utf8), .text), ([0xE4, 0x2C], .text),
    ([0xFF, 0xFE, 0x74, 0x00], .utf16Text), ([0x1F, 0x8B, 8, 0], .gzip), (Array("BZh91AY".utf8), .bzip2),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 1], .xz), ([0x28, 0xB5, 0x2F, 0xFD, 4], .zstandard),
    (Array("PK\u{3}\u{4}....a.csv".utf8), .zip), (Array("PK\u{5}\u{6}".utf8), .zip),
    (Array("PK\u{3}\u{4}....[Content_Types].xml".utf8), .excelWorkbook),
    (Array("PK\u{3}\u{4}....x.npy".utf8), .numpyArchive),
    ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0], .oldExcelWorkbook),
    ([0x93] + Array("NUMPY\u{1}".utf8), .numpyArray), (Array("MATLAB 5.0 MAT-file, Platform".utf8), .matlab),
    ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), .hdf5), (Array("PAR1....".utf8), .parquet),
    (Array("ARROW1\0\0".utf8), .arrow), (Array("SQLite format 3\0".utf8), .sqlite),
    (Array("%PDF-1.7".utf8), .pdf), ([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), .safetensors),
    // Level 4: little- and big-endian, one variable x.
    ([0, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 120, 0, 1], .matlab),
    ([0, 0, 3, 0xE8, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 2, 120, 0, 1], .matlab),
    ([0, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 120, 0, 1], .binary),
    ([1, 0, 2], .binary), ([0x89], .text),
  ]

  @Test(arguments: examples)
  func firstBytesTell(bytes: [UInt8], kind: FileKind) { #expect(FileKind(firstBytes: bytes) == kind) }

  @Test func everyKindHasAnExampleAndANameOfItsOwn() {
    #expect(Set(Self.examples.map(\.1)) == Set(FileKind.allCases))
    #expect(Set(FileKind.allCases.map(\.name)).count == FileKind.allCases.count)
  }

  @Test func filesAreRecognised() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([UInt8](repeating: 0x41, count: 9999), to: "\(folder)/a")
      #expect(try FileKind.of("\(folder)/a") == .text)
      #expect(throws: FileError.self) { try FileKind.of("\(folder)/b") }
      #expect(throws: FileError(folder, .read, .system(21))) { try FileKind.of(folder) }
    }
  }
}
