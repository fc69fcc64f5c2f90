import Foundation
import Safetensors
import Testing

@Suite struct WritingTests {
  @Test func writingReplacesTheFileAndLeavesNothingElse() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      try write([1, 2, 3], to: path)
      let archive = try sampleArchive()
      try archive.write(to: path)
      #expect(try TensorArchive(contentsOf: path) == archive)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.safetensors"])
    }
  }

  @Test func missingFolderIsNamed() {
    let error = #expect(throws: SafetensorsError.self) {
      try TensorArchive().write(to: "/nowhere/a.safetensors")
    }
    #expect(error?.description == "/nowhere/a.safetensors: cannot be written: No such file or directory")
  }

  @Test func failedWriteKeepsTheOldFileAndRemovesTheTemporaryOne() async {
    // A limit on the size of files fails a write half way, as a full disk does. It holds for a whole process.
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let path = "\(folder)/a.safetensors"
        try TensorArchive().write(to: path)
        var archive = TensorArchive()
        try archive.add("large", shape: [100_000], values: [UInt8](repeating: 1, count: 100_000))
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)

        let error = #expect(throws: SafetensorsError.self) { try archive.write(to: path) }
        #expect(error?.description == "\(path): cannot be written: File too large")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.safetensors"])
        #expect(try TensorArchive(contentsOf: path) == TensorArchive())
      }
    }
  }
}

/// Writes raw bytes, for files that the format forbids.
func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}
