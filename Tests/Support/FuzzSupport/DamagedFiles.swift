import ErrorCategories
import Foundation

extension Fuzzing {
  /// Damages a file in many ways, and reads it each time. A crash or a hang is the caller's to see: run it in a process
  /// of its own, under a time limit.
  ///
  /// - Parameters:
  ///   - path: Where the file is written; errors must name it.
  ///   - corpus: Whole contents to damage.
  ///   - seed: Reproduces the damage; findings begin with it.
  ///   - count: Damaged files.
  ///   - read: Reads the file as the program does.
  /// - Returns: Errors that don't name the file or don't blame the input; or that nothing was ever refused.
  package static func damage(
    path: String, corpus: [[UInt8]], seed: UInt64, count: Int = 1000, read: () throws -> Void
  ) throws -> [String] {
    var mutator = Mutator(seed: seed)
    var findings: [String] = []
    var refused = 0
    for number in 0..<count {
      let bytes = mutator.bytes(from: corpus)
      try? FileManager.default.removeItem(atPath: path)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      // Keys are refused if others can read them.
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      do {
        try read()
      } catch {
        refused += 1
        let isInput = (error as? any CategorizedError)?.category == .badInput
        if !"\(error)".contains(path) || !isInput {
          findings.append("seed \(seed), file \(number): \(type(of: error)): \(error)")
        }
      }
    }
    if refused == 0 { findings.append("seed \(seed): none of \(count) damaged files was refused") }
    return Array(findings.prefix(5))
  }
}
