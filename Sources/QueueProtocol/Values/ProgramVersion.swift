/// The versions of the program at one end of a connection.
package struct ProgramVersion: Hashable, Sendable {
  /// The program's version; empty if it doesn't say.
  package var program: String
  /// The version of the protocol that it speaks.
  package var wire: Int
  /// The newest format of jobs that it can run or make; nil if it doesn't say.
  package var jobFormat: Int?

  package init(program: String, wire: Int = Wire.version, jobFormat: Int? = nil) {
    (self.program, self.wire, self.jobFormat) = (program, wire, jobFormat)
  }

  /// How much two versions differ.
  package enum Difference: Comparable, Sendable {
    /// As far as both say, nothing that matters differs.
    case none
    /// Both understand each other and the same jobs.
    case program
    /// One of them knows jobs that the other doesn't.
    case jobFormat
    /// They can't understand each other.
    case wire
  }

  /// The difference between this and another version. A part that one of them doesn't say doesn't differ.
  package func difference(from other: ProgramVersion) -> Difference {
    if wire != other.wire { return .wire }
    if let jobFormat, let others = other.jobFormat, jobFormat != others { return .jobFormat }
    return program.isEmpty || other.program.isEmpty || program == other.program ? .none : .program
  }

  /// Both versions, what follows, and the remedy; nil if nothing that matters differs.
  ///
  /// - Parameters:
  ///   - name: This end's name in the text: “the coordinator”.
  ///   - other: The other end's version.
  ///   - otherName: The other end's name: “this worker”.
  package func mismatch(as name: String, with other: ProgramVersion, as otherName: String) -> String? {
    let consequence: String
    switch difference(from: other) {
    case .none: return nil
    case .program: consequence = "they understand the same jobs, but may train them to other bits"
    case .jobFormat:
      consequence =
        "jobs of format \(min(jobFormat ?? 0, other.jobFormat ?? 0) + 1) and above run only on the newer one"
    case .wire: consequence = "they can't understand each other"
    }
    return "\(name) is \(self), \(otherName) \(other): \(consequence); install the same version on both sides"
  }
}

extension ProgramVersion: CustomStringConvertible {
  /// `potline 0.2.0 (protocol 1, jobs up to format 4)`
  package var description: String {
    let jobs = jobFormat.map { ", jobs up to format \($0)" } ?? ""
    return "potline \(program.isEmpty ? "of an unknown version" : program) (protocol \(wire)\(jobs))"
  }
}

/// The version of a sender beside the other fields of a header.
struct VersionFields: Codable {
  var version: String?
  var jobFormat: Int?

  init(_ version: ProgramVersion?) {
    (self.version, jobFormat) = (version?.program, version?.jobFormat)
  }

  /// nil if the sender doesn't say.
  func checked() throws -> ProgramVersion? {
    guard (version ?? "").utf8.count <= 255 else {
      throw MessageError.badHeader("“version” is longer than 255 bytes")
    }
    guard version != nil || jobFormat != nil else { return nil }
    return ProgramVersion(program: version ?? "", jobFormat: jobFormat)
  }
}
