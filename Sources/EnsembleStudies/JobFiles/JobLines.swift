/// A list of jobs, one a line, of which each is read when it is wanted.
public struct JobLines: Sendable {
  /// What errors call it: a path.
  public let source: String
  private let lines: [(number: Int, text: ArraySlice<UInt8>)]

  /// The lines of a text; empty ones don't count. O(bytes).
  public init(_ text: [UInt8], source: String) {
    self.source = source
    lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .filter { !$1.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }
      .map { ($0 + 1, $1) }
  }

  /// Number of jobs.
  public var count: Int { lines.count }

  /// The job with a number from 0. Throws ``JobLinesError``, which names the line, if it is none.
  public func job(at index: Int) throws(JobLinesError) -> ListedJob {
    do throws(ListedJobError) {
      return try ListedJob(line: lines[index].text)
    } catch {
      throw JobLinesError(source: source, line: lines[index].number, problem: error.problem)
    }
  }
}

/// A line of a list that is no job.
public struct JobLinesError: Error, Equatable, CustomStringConvertible {
  /// The list.
  public let source: String
  /// The line, from 1.
  public let line: Int
  /// What is wrong, as a clause.
  public let problem: String
  /// The text for people.
  public var description: String { "\(source), line \(line): \(problem)" }
}
