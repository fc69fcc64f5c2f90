import Glibc

/// The file system that holds a file or folder, as the kernel's table of mounts knows it.
package struct FileSystem: Hashable, Sendable {
  /// Its type as the kernel names it: `ext4`, `nfs4`, `fuse.sshfs`; `unknown` if the table doesn't have it.
  package let type: String

  /// Whether other hosts may use the same files, or a program instead of the kernel serves them: memory that processes
  /// share through a file may then differ between them, and locks may not hold or not exist. An unknown type counts as
  /// local.
  package var isNetworked: Bool {
    type == "fuseblk" || Self.networked.contains(String(type.prefix { $0 != "." }))
  }

  package init(type: String) { self.type = type }

  /// The file system of `path`.
  package static func of(_ path: String) -> FileSystem {
    var status = stat()
    guard stat(path, &status) == 0,
      let mounts = try? FileContent.all(of: "/proc/self/mountinfo")
    else {
      return FileSystem(type: unknown)
    }
    return FileSystem(device: status.st_dev, mounts: String(decoding: mounts, as: UTF8.self))
  }

  /// The file system of a device in `mounts`, the content of `/proc/self/mountinfo`.
  init(device: dev_t, mounts: String) {
    // As `gnu_dev_major` and `gnu_dev_minor` take it apart.
    let major = (device >> 8) & 0xFFF | (device >> 32) & 0xFFFF_F000
    let minor = device & 0xFF | (device >> 12) & 0xFFFF_FF00
    let number = "\(major):\(minor)"
    for line in mounts.split(separator: "\n") {
      // 36 35 98:0 /root /mount options [tags] - type source options
      let words = line.split(separator: " ")
      guard words.count > 2, words[2] == number, let dash = words.firstIndex(of: "-"), dash + 1 < words.count
      else { continue }
      type = String(words[dash + 1])
      return
    }
    type = Self.unknown
  }

  private static let unknown = "unknown"

  private static let networked: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "ceph", "fuse", "9p", "virtiofs", "afs", "coda",
    "beegfs",
    "gfs2", "ocfs2", "orangefs", "pvfs2", "panfs", "wekafs", "dvs", "ncpfs", "vboxsf", "vmhgfs", "prl_fs",
    "hostfs", "drvfs",
  ]
}
