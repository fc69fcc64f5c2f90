import Foundation

/// How decoders are tried with damaged input.
package enum Fuzzing {
  /// How many damaged inputs the decoders get together: `POTLINE_FUZZ_MESSAGES`, or a number that tests have time for.
  package static var total: Int {
    ProcessInfo.processInfo.environment["POTLINE_FUZZ_MESSAGES"].flatMap { Int($0) } ?? 150_000
  }

  /// What a run found.
  package struct Outcome: Sendable {
    /// Inputs that the decoder took.
    package var accepted = 0
    /// Inputs that it refused.
    package var refused = 0
    /// Inputs that were taken, and came out of an encoder and a decoder as something else; a few of them.
    package var changed: [String] = []
    /// How many bytes of memory the process uses more at the end than after the first tenth.
    package var memoryGrowth = 0
  }

  /// Gives a decoder its share of damaged inputs, each made by `input` from a mutator.
  ///
  /// - Parameters:
  ///   - share: The part of `total`.
  ///   - isKept: Decodes, encodes and decodes again: whether that gives the same; nil if the input is refused.
  package static func run<Input>(
    share: Double, seed: UInt64, input: (inout Mutator) -> Input, isKept: (Input) throws -> Bool?
  ) -> Outcome {
    var mutator = Mutator(seed: seed)
    var outcome = Outcome()
    let count = max(1000, Int(Double(total) * share))
    var before = 0
    for number in 0..<count {
      if number == count / 10 { before = residentBytes }
      let input = input(&mutator)
      switch Result(catching: { try isKept(input) }) {
      case .success(true): outcome.accepted += 1
      case .success(nil): outcome.refused += 1
      case .success(false):
        outcome.note("input \(number) of seed \(seed) is not the same afterwards: \(input)")
      case .failure(let error): outcome.note("input \(number) of seed \(seed) can't be read again: \(error)")
      }
    }
    outcome.memoryGrowth = residentBytes - before
    return outcome
  }

  /// Memory of this process that is resident.
  package static var residentBytes: Int {
    let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
      * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}

extension Fuzzing.Outcome {
  fileprivate mutating func note(_ text: String) {
    if changed.count < 5 { changed.append(String(text.prefix(4000))) }
  }
}
