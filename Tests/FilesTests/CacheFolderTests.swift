import Files
import Foundation
import Testing

@Suite struct CacheFolderTests {
  private func path(_ variables: [String: String]) -> String {
    CacheFolder.path(for: "potline/datasets") { variables[$0] }
  }

  @Test func xdgRules() throws {
    try withTemporaryFolder { home in
      #expect(path(["XDG_CACHE_HOME": "/var/cache", "HOME": home]) == "/var/cache/potline/datasets")
      #expect(path(["HOME": home]) == "\(home)/.cache/potline/datasets")
      // The specification has relative paths ignored.
      for ignored in ["", "cache", "./cache"] {
        #expect(path(["XDG_CACHE_HOME": ignored, "HOME": home]) == "\(home)/.cache/potline/datasets")
      }
    }
  }

  @Test(arguments: [nil, "", "home", "/nonexistent", "/dev/null"])
  func withoutAHome(home: String?) {
    let own = "potline-cache-\(geteuid())/potline/datasets"
    var variables = ["TMPDIR": "/scratch"]
    variables["HOME"] = home
    #expect(path(variables) == "/scratch/\(own)")
    variables["TMPDIR"] = "relative"
    #expect(path(variables) == "/tmp/\(own)")
  }

  @Test func temporaryFolderBelongsToTheUserAlone() throws {
    try withTemporaryFolder { folder in
      let path = path(["TMPDIR": folder])
      try CacheFolder.make(path)
      try CacheFolder.make(path)
      let own = "\(folder)/potline-cache-\(geteuid())"
      var status = stat()
      #expect(stat(own, &status) == 0 && status.st_mode & 0o777 == 0o700)
      // One that others may write to, or a link, could be somebody's trap.
      #expect(chmod(own, 0o777) == 0)
      #expect(throws: FileError(own, .makeFolder, .ofOthers)) { try CacheFolder.make(path) }
      try FileManager.default.removeItem(atPath: own)
      try Folder.make("\(folder)/elsewhere")
      symlink("\(folder)/elsewhere", own)
      #expect(throws: FileError(own, .makeFolder, .ofOthers)) { try CacheFolder.make(path) }
    }
  }
}
