import ErrorCategories

/// A list of jobs, one a line, of which each is read when it is wanted.
package struct JobLines: Sendable {
  /// What errors call it: a path.
  package let source: String
  private let lines: [(number: Int, text: ArraySlice<UInt8>)]

  /// The lines of a text; empty ones don't count. O(bytes).
  package init(_ text: [UInt8], source: String) {
    self.source = source
    lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .filter { !$1.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }
      .map { ($0 + 1, $1) }
  }

  /// Number of jobs.
  package var count: Int { lines.count }

  /// The job with a number from 0. Throws ``JobLinesError``, which names the line, if it is none.
  package func job(at index: Int) throws(JobLinesError) -> ListedJob {
    do throws(ListedJobError) {
      return try ListedJob(line: lines[index].text)
    } catch {
      throw JobLinesError(source: source, line: lines[index].number, problem: error.problem)
    }
  }
}

/// A line of a list that is no job.
package struct JobLinesError: CategorizedError, Equatable {
  /// The list.
  package let source: String
  /// The line, from 1.
  package let line: Int
  /// What is wrong, as a clause.
  package let problem: String
  /// Bad input.
  package var category: ErrorCategory { .badInput }
  package var description: String { "\(source), line \(line): \(problem)" }
}
