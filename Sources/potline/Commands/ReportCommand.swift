import ArgumentParser
import EnsembleAnalysis
import Foundation
import QueueProtocol
import StudyReports
import StudyRunning

struct ReportCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the report of a finished study: statistics, verdicts, figures.",
    discussion: """
      Reads the folder that `potline run` wrote, and adds to it report.html (one file that needs no network), \
      report/figures/ (each as SVG, PDF, PNG, and its source for gnuplot or Graphviz), and report/tables/ (CSV). The same \
      folder gives the same report. Figures need gnuplot and Graphviz (Debian: gnuplot-nox, graphviz); without them the \
      report has tables only, and says so.
      """)

  @Argument(help: ArgumentHelp("The study's output folder.", valueName: "folder"))
  var folder: String

  @Flag(help: "Print nothing but errors and notes (default: off).")
  var quiet = false

  func perform() throws {
    let analysis = try categorized(.badInput) {
      try StudyAnalysis(try StudyFolder(folder))
    }
    try categorized(.output) {
      let written = try StudyReport(analysis, spans: WorkerTimeline.spans(folder: folder)).write()
      for note in written.notes { Console.error(note) }
      if !quiet {
        Console.result(VerdictText.lines(analysis.verdicts))
        Console.result(
          "\n\(written.page): \(written.figures.count) figures (SVG, PDF, PNG), \(written.tables) tables (CSV) beside it"
        )
      }
    }
  }
}

/// The verdicts for a terminal.
enum VerdictText {
  static func lines(_ verdicts: [Verdict]) -> String {
    let outcome = verdicts.map(\.outcome.rawValue.count).max() ?? 0
    return verdicts.map { verdict in
      verdict.outcome.rawValue.padding(toLength: outcome + 2, withPad: " ", startingAt: 0)
        + "\(verdict.claim): \(verdict.subject)"
    }.joined(separator: "\n")
  }
}
