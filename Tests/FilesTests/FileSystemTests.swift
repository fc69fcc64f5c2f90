import ErrorCategories
import Foundation
import Testing

@testable import Files

@Suite struct FileSystemTests {
  private static let mounts = """
    21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
    22 21 0:20 / /proc rw shared:1 - proc proc rw
    30 21 0:45 / /home rw shared:2 master:3 - nfs4 server:/home rw,vers=4.2
    31 21 0:46 / /data\\040sets rw - lustre mds@tcp:/data rw,flock
    32 21 0:47 / /far rw - fuse.sshfs host: rw
    33 21 0:48 / /short -
    """

  @Test(arguments: [
    (254, 0, "ext4", false), (0, 45, "nfs4", true), (0, 46, "lustre", true), (0, 47, "fuse.sshfs", true),
    (0, 48, "unknown", false), (7, 7, "unknown", false),
  ])
  func typeComesFromTheTableOfMounts(major: UInt, minor: UInt, type: String, isNetworked: Bool) {
    let fileSystem = FileSystem(device: major << 8 | minor, mounts: Self.mounts)
    #expect(fileSystem.type == type)
    #expect(fileSystem.isNetworked == isNetworked)
  }

  @Test(arguments: [
    "nfs", "cifs", "smb3", "gpfs", "ceph", "fuse", "fuse.gocryptfs", "fuseblk", "9p", "virtiofs", "beegfs",
    "vboxsf",
  ])
  func networkedFileSystemsAreKnown(type: String) { #expect(FileSystem(type: type).isNetworked) }

  @Test(arguments: ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs", "vfat"])
  func localFileSystemsAreNot(type: String) { #expect(!FileSystem(type: type).isNetworked) }

  @Test func thisHostsFileSystemsAreFound() {
    #expect(FileSystem.of("/proc").type == "proc")
    #expect(FileSystem.of("/nowhere/at/all").type == "unknown")
  }

  @Test(arguments: [ENOSYS, ENOLCK, ENOTSUP, 524])
  func missingLocksAreSaid(code: Int32) {
    let error = FileError("/x/lock", .lock, code: code)
    #expect(error.isWithoutLocks)
    #expect(!FileError("/x/lock", .write, code: code).isWithoutLocks)
    #expect(error.category == .output)
  }

  @Test func aLockThatIsHeldIsAnotherMatter() {
    #expect(!FileError("/x/lock", .lock, code: EACCES).isWithoutLocks)
  }

  @Test func aSecretIsNotWrittenWhereOthersCanReadIt() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/key"
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      defer { close(descriptor) }
      try PrivateFile.requirePrivate(descriptor, path)
      // What a file system without permissions answers after any chmod.
      #expect(fchmod(descriptor, 0o755) == 0)
      #expect(throws: FileError(path, .write, .notPrivate(mode: 0o755))) {
        try PrivateFile.requirePrivate(descriptor, path)
      }
    }
  }

  @Test func secretsArePrivateWhateverTheUmask() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        umask(0)
        let (written, made) = ("\(folder)/written", "\(folder)/made")
        try PrivateFile.write([1], to: written)
        #expect(try PrivateFile.make([2], at: made))
        for path in [written, made] { #expect(try FileContent.read(path, limit: 10).mode == 0o600) }
      }
    }
  }
}
