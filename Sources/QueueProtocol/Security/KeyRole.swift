/// What the holder of a key may do.
package enum KeyRole: String, Hashable, Sendable, Codable, CaseIterable {
  /// Takes jobs and brings results.
  case worker
  /// Submits, watches and cancels studies, and fetches results.
  case client

  /// The user id of the holder of this role's key of this name; see `KeyName`.
  func userID(_ name: String) -> String { "\(rawValue):\(name)" }

  /// The role in a user id.
  init?(userID: String) {
    guard let colon = userID.firstIndex(of: ":") else { return nil }
    self.init(rawValue: String(userID[..<colon]))
  }
}

/// Whether the holder of a key of this role may say a message of this type: a worker's key takes jobs and can't
/// submit or cancel, a client's can't take jobs.
package func mayUse(_ role: KeyRole, messageType: String) -> Bool {
  ClientCall.types.contains(messageType) == (role == .client)
}

/// A key's name: 1 to 64 of the letters a–z and A–Z, digits, `.`, `_` and `-`.
enum KeyName {
  static func isValid(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
