import Foundation
import QueueProtocol
import TextFormatting

/// The public keys of a ring, as a table or JSON.
struct KeyList: Encodable {
  let keys: [KeyRing.Key]
  let connectionFile: String?

  /// One line a key.
  func table() -> String {
    guard !keys.isEmpty else { return "no keys" }
    let rows =
      [["ROLE", "NAME", "CREATED", "REVOKED", "PUBLIC KEY"]]
      + keys.map { key in
        [key.role.rawValue, key.name, time(key.created), key.revoked.map(time) ?? "-", key.publicKey.z85]
      }
    return TextTable.aligned(rows, left: Set(rows[0].indices)).joined(separator: "\n")
  }

  private func time(_ date: Date) -> String { date.formatted(.iso8601) }
}
