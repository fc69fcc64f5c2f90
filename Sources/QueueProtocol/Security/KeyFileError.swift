import ErrorCategories
import Files
import Glibc

/// A file of keys, or a key in it, that cannot be used.
package enum KeyFileError: CategorizedError, Hashable, Sendable {
  /// The file can't be read.
  case unreadable(path: String, code: Int32)
  /// The file can't be written.
  case unwritable(path: String, code: Int32)
  /// The file would be readable by other users, as its file system ignores permissions.
  case notPrivate(FileError)
  /// Another file has the path at which a connection file was to be written.
  case otherFile(path: String)
  /// Others than the owner may read the file, which holds secret keys.
  case readableByOthers(path: String, mode: UInt32)
  /// The content is not what it should be.
  case badContent(path: String, detail: String)
  /// The file is empty, as a full disk or a crash of the host may leave it.
  case empty(path: String, isKeyRing: Bool)
  /// Another version of the program wrote the file.
  case otherFormat(path: String, format: Int)
  /// A public key is not that of the secret key beside it.
  case mismatchedPair(path: String, name: String)
  /// The connection file has no key of this role.
  case noKey(path: String, role: KeyRole)
  /// The text can't be a key's name.
  case badName(String)
  /// The name is or was another key's.
  case nameTaken(String, role: KeyRole, isRevoked: Bool)
  /// No key has this name, or all that have are revoked.
  case noSuchName(String, isRevoked: Bool)

  /// Whether it was a file that could not be written.
  package var isAboutWriting: Bool { category == .output }

  /// The output for a file that could not be written, otherwise the input.
  package var category: ErrorCategory {
    switch self {
    case .unwritable, .notPrivate, .otherFile: .output
    case .unreadable, .readableByOthers, .badContent, .empty, .otherFormat, .mismatchedPair, .noKey, .badName,
      .nameTaken, .noSuchName:
      .badInput
    }
  }
}

extension KeyFileError {
  /// The same failure as the error of a key file.
  init(_ error: FileError) {
    switch (error.operation, error.reason) {
    case (.read, .system(let code)): self = .unreadable(path: error.path, code: code)
    case (.read, .notAFile): self = .badContent(path: error.path, detail: "it is no file")
    case (.read, .tooLarge(let bytes, _)):
      self = .badContent(path: error.path, detail: "it has \(bytes) bytes")
    case (_, .notPrivate): self = .notPrivate(error)
    default: self = .unwritable(path: error.path, code: error.code ?? EIO)
    }
  }
}

extension KeyFileError {
  /// The problem and the remedy.
  package var description: String {
    switch self {
    case .unreadable(let path, ENOENT):
      "cannot read \(path): no such file; was the coordinator started, and is the path right?"
    case .unreadable(let path, let code): "cannot read \(path): \(String(cString: strerror(code)))"
    case .unwritable(let path, let code): "cannot write \(path): \(String(cString: strerror(code)))"
    case .notPrivate(let error): error.description
    case .otherFile(let path):
      "\(path) is there, and is no connection file: give another path, or take it away"
    case .readableByOthers(let path, let mode):
      """
      \(path) holds secret keys, and others may read it (mode \(String(mode, radix: 8))): run `chmod 600 \(path)`; if \
      somebody may have read it, revoke its keys with `potline keygen --revoke` and make new ones
      """
    case .badContent(let path, let detail): "\(path) is not a file of keys of potline: \(detail)"
    case .empty(let path, true):
      "\(path) is empty: restore it from a copy, or remove it to begin with new keys, for which every connection file must be "
        + "made anew"
    case .empty(let path, false): "\(path) is empty: copy it again from where the coordinator runs"
    case .otherFormat(let path, let format):
      "\(path) has format \(format), this program reads format 1: use the version of potline that wrote it"
    case .mismatchedPair(let path, let name):
      "\(path): the public key of “\(name)” does not belong to its secret key: make new ones with `potline keygen`"
    case .noKey(let path, let role):
      """
      \(path) holds no \(role)'s key: make one with `potline keygen --state DIR --\(role) NAME -o FILE` where the \
      coordinator runs
      """
    case .badName(let name):
      "“\(name)” can't be a key's name: use 1 to 64 letters, digits, '.', '_' or '-'"
    case .nameTaken(let name, let role, false): "there is a \(role)'s key “\(name)” already: use another name"
    case .nameTaken(let name, let role, true):
      "the \(role)'s key “\(name)” was revoked, and its name is not used again: use another name"
    case .noSuchName(let name, false):
      "there is no key “\(name)”: `potline keygen --list` shows those there are"
    case .noSuchName(let name, true): "the key “\(name)” is revoked already"
    }
  }
}
