import Files
import Foundation
import Testing

@Suite struct AtomicFileTests {
  @Test func writingReplacesTheFileAndLeavesNothingElse() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.txt"
      try AtomicFile.write([1, 2, 3], to: path)
      try AtomicFile.write([4, 5], to: path)
      #expect(try FileContent.read(path, limit: 10).bytes == [4, 5])
      #expect(try names(folder) == ["a.txt"])
    }
  }

  @Test func linkStaysAndItsFileIsReplaced() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([1], to: "\(folder)/a")
      symlink("a", "\(folder)/link")
      try AtomicFile.write([2], to: "\(folder)/link")
      #expect(try FileContent.read("\(folder)/a", limit: 10).bytes == [2])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "a")
    }
  }

  /// Renaming a file over a device would replace it for the whole system.
  @Test func pipesAndDevicesAreWrittenTo() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      try AtomicFile.write([1, 2, 3], to: path)
      var bytes = [UInt8](repeating: 0, count: 8)
      #expect(read(reader, &bytes, 8) == 3 && bytes.prefix(3) == [1, 2, 3])
      #expect(try names(folder) == ["pipe"])
      // A device that only this folder has, where that may be made.
      guard mknod("\(folder)/full", S_IFCHR | 0o666, 0x107) == 0 else { return }
      #expect(throws: FileError("\(folder)/full", .write, .system(ENOSPC))) {
        try AtomicFile.write([1], to: "\(folder)/full")
      }
      #expect(try names(folder) == ["full", "pipe"])
    }
  }

  @Test func missingFolderIsNamed() {
    #expect(throws: FileError("/nowhere/a.txt", .write, .system(ENOENT))) {
      try AtomicFile.write([1], to: "/nowhere/a.txt")
    }
  }

  @Test func failedWriteKeepsTheOldFileAndRemovesTheTemporaryOne() async {
    // A limit on the size of files fails a write half way, as a full disk does. It holds for a whole process.
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let path = "\(folder)/a.txt"
        try AtomicFile.write([1], to: path)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)

        #expect(throws: FileError(path, .write, .system(EFBIG))) {
          try AtomicFile.write([UInt8](repeating: 1, count: 100_000), to: path)
        }
        #expect(try names(folder) == ["a.txt"])
        #expect(try FileContent.read(path, limit: 10).bytes == [1])
      }
    }
  }

  @Test func unpublishedFileIsRemoved() throws {
    try withTemporaryFolder { folder in
      do {
        let file = try TemporaryFile(for: "\(folder)/a", at: "\(folder)/a.part")
        try file.append([1])
        #expect(try names(folder) == ["a.part"])
      }
      #expect(try names(folder) == [])
    }
  }

  @Test func publishedFileHasTheModeThatWasAskedFor() throws {
    try withTemporaryFolder { folder in
      let file = try TemporaryFile(for: "\(folder)/a")
      try file.reserve(3)
      try file.append([1, 2, 3])
      let status = try file.publish(mode: 0o444)
      #expect(status.st_size == 3)
      let content = try FileContent.read("\(folder)/a", limit: 3)
      #expect(content.mode == 0o444 && content.bytes == [1, 2, 3])
    }
  }
}

@Suite struct FolderTests {
  @Test func missingFoldersAreMade() throws {
    try withTemporaryFolder { folder in
      try Folder.make("\(folder)/a/b//c/")
      try Folder.make("\(folder)/a/b/c")
      try AtomicFile.write([1], to: "\(folder)/a/b/c/file")
      #expect(throws: FileError("\(folder)/a/b/c/file", .makeFolder, .system(EEXIST))) {
        try Folder.make("\(folder)/a/b/c/file")
      }
      #expect(throws: FileError("\(folder)/x/y", .makeFolder, .system(ENOENT))) {
        try Folder.makeOne("\(folder)/x/y")
      }
    }
    #expect(throws: FileError("/dev/null/a/b", .makeFolder, .system(ENOTDIR))) {
      try Folder.make("/dev/null/a/b")
    }
  }
}

@Suite struct FileLockTests {
  @Test func aLockStandsInTheWayOfOthers() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/lock"
      #expect(try FileLock(path, isShared: false) == nil, "a file that isn't there can't be locked")
      do {
        let shared = try #require(try FileLock(path, isShared: true, flags: O_RDWR | O_CREAT))
        #expect(try FileLock(path, isShared: true) != nil)
        #expect(try FileLock(path, isShared: false) == nil)
        withExtendedLifetime(shared) {}
      }
      #expect(try FileLock(path, isShared: false) != nil)
    }
  }

  @Test func aFolderHasOneHolder() throws {
    try withTemporaryFolder { folder in
      guard case .taken(let lock) = try FolderLock.take("\(folder)/state") else {
        Issue.record("the folder is free")
        return
      }
      guard case .held(let process) = try FolderLock.take("\(folder)/state") else {
        Issue.record("the folder is taken")
        return
      }
      #expect(process == Int(getpid()))
      withExtendedLifetime(lock) {}
    }
  }
}

@Suite struct FileContentTests {
  @Test func onlySmallRegularFilesAreRead() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write([1, 2, 3, 4], to: path)
      #expect(try FileContent.read(path, limit: 4).bytes == [1, 2, 3, 4])
      #expect(throws: FileError(path, .read, .tooLarge(bytes: 4, limit: 3))) {
        try FileContent.read(path, limit: 3)
      }
      #expect(throws: FileError(folder, .read, .notAFile)) { try FileContent.read(folder, limit: 3) }
      #expect(throws: FileError("/dev/zero", .read, .notAFile)) {
        try FileContent.read("/dev/zero", limit: 3)
      }
      #expect(throws: FileError("\(folder)/b", .read, .system(ENOENT))) {
        try FileContent.read("\(folder)/b", limit: 3)
      }
      #expect(try FileContent.first(2, of: path) == [1, 2])
    }
  }

  @Test func privateFilesAreTheOwnersAlone() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/key"
      #expect(try PrivateFile.make([1], at: path))
      #expect(try !PrivateFile.make([2], at: path))
      #expect(try FileContent.read(path, limit: 9).bytes == [1])
      chmod(path, 0o644)
      #expect(try FileContent.read(path, limit: 9).isOpenToOthers)
      try PrivateFile.write([3], to: path)
      let content = try FileContent.read(path, limit: 9)
      #expect(content.bytes == [3] && content.mode == 0o600 && !content.isOpenToOthers)
    }
  }

  @Test func errorsSayWhoIsToBlame() {
    #expect(FileError("a", .read, .system(ENOENT)).category == .badInput)
    #expect(FileError("a", .write, .system(ENOSPC)).category == .output)
    #expect(FileError("a", .write, .system(EDQUOT)).isFullDisk)
    #expect(!FileError("a", .write, .system(EACCES)).isFullDisk)
  }
}

func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("files-\(UUID().uuidString)")
    .path
  try Folder.make(folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

/// The names in a folder, in order.
func names(_ folder: String) throws -> [String] {
  try Folder.names(in: folder).filter { $0 != "." && $0 != ".." }.sorted()
}
