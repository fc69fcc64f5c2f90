import Digests
import Glibc

/// The program that hosts are to run, as it is on this one.
package struct WorkerProgram: Hashable, Sendable {
  /// Its path.
  package let path: String
  /// What it prints for `--version`.
  package let version: String
  /// Its digest.
  package let digest: SHA256Digest
  /// Its size.
  package let bytes: Int
  /// System and processor that it is for, as `uname -sm` prints them: `Linux x86_64`.
  package let machine: String

  /// A program for machines like this one.
  ///
  /// - Parameter path: Default: this program itself.
  /// - Throws: `FileError`, `LaunchError.unreadableProgram`.
  package init(path: String = "/proc/self/exe", version: String) throws {
    (self.path, self.version) = (path, version)
    digest = try SHA256Digest.of(fileAt: path)
    var status = stat()
    guard stat(path, &status) == 0 else { throw LaunchError.unreadableProgram(path, code: errno) }
    bytes = Int(status.st_size)
    var names = utsname()
    uname(&names)
    machine = Self.text(names.sysname) + " " + Self.text(names.machine)
  }

  private static func text(_ name: some Any) -> String {
    withUnsafeBytes(of: name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
