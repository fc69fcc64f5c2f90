import Foundation
import Testing

/// Errors about files have the system's reason.
@Suite(.serialized) struct FileReasonTests {
  /// A user who may do nothing can be had by root alone.
  @Test(.enabled(if: geteuid() == 0 && Shell.has("setpriv"))) func permissionIsTheReason() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    let member = try #require(FileManager.default.contentsOfDirectory(atPath: folder / "out/members").first)
    // The program may be in a folder that others can't enter.
    try FileManager.default.copyItem(atPath: Program.path, toPath: folder / "potline")
    #expect(chmod(folder.path, 0o755) == 0)
    for name in ["closed", "own"] {
      try FileManager.default.createDirectory(atPath: folder / name, withIntermediateDirectories: true)
    }
    #expect(chmod(folder / "own", 0o777) == 0)
    try folder.write("x", to: "closed/file")
    #expect(chmod(folder / "closed", 0o700) == 0)
    #expect(chmod(folder / "out/members/\(member)", 0o600) == 0)
    let reason = String(cString: strerror(EACCES))
    for (words, status) in [
      ("run study.yaml -o closed/out", 73), ("study show closed/file", 65),
      ("inspect out/members/\(member)", 65),
      ("report out", 65), ("job run --jobs closed/file -o own/jobs", 65), ("collect closed -o own/x", 65),
      ("job list study.yaml -o closed/x", 73), ("simulate -o closed/x --steps 100 --trajectories 1", 73),
      ("coordinator --state closed/x", 73), ("status --connection closed/file", 65),
      ("worker --coordinator tcp://127.0.0.1:9 --processes 1 --datasets closed/x", 73),
    ] {
      let line = "setpriv --reuid=65534 --regid=65534 --clear-groups ./potline \(words)"
      let result = try Shell.run(line, in: folder)
      #expect(result.status == status && result.output.contains(reason), "\(words): \(result.output)")
    }
    // A service's user without a home.
    let worker = try Shell.run(
      "HOME=/nonexistent TMPDIR=$PWD/own setpriv --reuid=65534 --regid=65534 --clear-groups ./potline worker "
        + "--coordinator tcp://127.0.0.1:9 --processes 1 --coordinator-timeout 0.2", in: folder)
    #expect(worker.status == 70, "\(worker.output)")
    #expect(FileManager.default.fileExists(atPath: folder / "own/potline-cache-65534/potline/datasets"))
  }

  /// SQLite says that reading or writing failed, the system why.
  @Test func theJournalHasTheSystemsReason() throws {
    let folder = try TestFolder()
    let limited = try Program.start(["coordinator", "--state", "state"], in: folder, fileLimit: 16).wait()
    #expect(limited.status == 73 && limited.errors.contains(String(cString: strerror(EFBIG))), "\(limited)")
    try FileManager.default.createDirectory(
      atPath: folder / "other/journal.sqlite", withIntermediateDirectories: true)
    let folderInPlace = try Program.run("coordinator", "--state", "other", in: folder)
    #expect(
      folderInPlace.status == 73 && folderInPlace.errors.contains(String(cString: strerror(EISDIR))),
      "\(folderInPlace)")
  }

  @Test func studyFromAPipe() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    let result = try Shell.run("cat study.yaml | potline study show /dev/stdin", in: folder)
    #expect(try result.status == 0 && result.output == folder.text("study.yaml"), "\(result.output)")
  }
}
