import ErrorCategories
import Glibc

/// A file or folder that can't be used: which one, for what, and why.
package struct FileError: CategorizedError, Hashable, Sendable {
  /// The operation that failed.
  package enum Operation: String, Hashable, Sendable {
    case read, write, list, lock
    case makeFolder
  }

  /// Why it failed.
  package enum Reason: Hashable, Sendable {
    /// A system call failed with this `errno`.
    case system(Int32)
    /// The path names a folder, a device or another thing that isn't a regular file.
    case notAFile
    /// The file is larger than what is read into memory at once.
    case tooLarge(bytes: Int, limit: Int)
    /// Another user could change it.
    case ofOthers
    /// Other users may read or change it, and the file system doesn't let its permissions be taken away.
    case notPrivate(mode: UInt32)
  }

  /// The file or folder.
  package let path: String
  /// The operation that failed.
  package let operation: Operation
  /// Why it failed.
  package let reason: Reason

  package init(_ path: String, _ operation: Operation, _ reason: Reason) {
    (self.path, self.operation, self.reason) = (path, operation, reason)
  }

  /// The failure of the system call that has just set `errno`.
  package init(_ path: String, _ operation: Operation, code: Int32 = errno) {
    self.init(path, operation, .system(code))
  }

  /// The `errno` of the system call that failed; nil if none did.
  package var code: Int32? {
    if case .system(let code) = reason { code } else { nil }
  }

  /// Whether there is no such file or folder.
  package var isMissing: Bool { code == ENOENT || code == ENOTDIR }

  /// Whether the disk or the user's quota is full.
  package var isFullDisk: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether the file system has no locks: `ENOTSUPP` (524) is the kernel's own, without a text.
  package var isWithoutLocks: Bool {
    operation == .lock && [ENOSYS, ENOLCK, ENOTSUP, EINVAL, 524].contains(code)
  }

  /// Bad input for what can't be read, output for the rest.
  package var category: ErrorCategory {
    switch operation {
    case .read, .list: .badInput
    case .write, .makeFolder, .lock: .output
    }
  }

  /// The description without the path: `can't be written: No space left on device`.
  package var problem: String {
    guard isWithoutLocks else { return "can't be \(participle): \(reasonText)" }
    return
      "can't be locked: its file system (\(FileSystem.of(path).type)) doesn't support locks (\(reasonText)): use a folder on a local disk, "
      + "or mount it with locks (NFS: without nolock; Lustre: with flock)"
  }

  /// `results/members/a.safetensors: can't be written: No space left on device`.
  package var description: String { "\(path): \(problem)" }

  private var participle: String {
    switch operation {
    case .read: "read"
    case .write: "written"
    case .list: "listed"
    case .lock: "locked"
    case .makeFolder: "made"
    }
  }

  /// The reason alone: `No space left on device`.
  package var reasonText: String {
    switch reason {
    case .system(524): "operation not supported, error 524"
    case .system(let code): String(cString: strerror(code))
    case .notPrivate(let mode):
      "others may read it (mode \(String(mode, radix: 8))), as its file system ignores permissions: use a folder on another one"
    case .notAFile: "it isn't a regular file"
    case .tooLarge(let bytes, let limit): "it has \(bytes) bytes, more than the \(limit) that are read"
    case .ofOthers: "it belongs to another user, or others may write to it"
    }
  }
}
