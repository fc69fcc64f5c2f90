import Foundation
import QueueProtocol

/// Public keys as they were made, for people and programs.
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
    let widths = rows[0].indices.map { column in rows.map(\.[column].count).max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private func time(_ date: Date) -> String { date.formatted(.iso8601) }
}
