import Dispatch
import EnsembleAnalysis
import EnsembleStudies
import Files
import Foundation
import Safetensors
import Synchronization

/// Writes the report of an analysed study into its folder: report.html, report/figures/* and report/tables/*.csv.
///
/// The same folder gives the same bytes.
package struct StudyReport {
  /// The analysis.
  package let analysis: StudyAnalysis
  /// When workers were at work; empty if that isn't known.
  package let spans: [WorkerSpan]

  /// A report on an analysis.
  package init(_ analysis: StudyAnalysis, spans: [WorkerSpan] = []) {
    (self.analysis, self.spans) = (analysis, spans)
  }

  /// The files that were written.
  package struct Written: Sendable {
    /// The page.
    package let page: String
    /// Names of the figures that were drawn.
    package let figures: [String]
    /// Number of tables.
    package let tables: Int
    /// Figures that couldn't be drawn, and why.
    package let notes: [String]
  }

  /// Draws and writes everything.
  ///
  /// - Parameters:
  ///   - gnuplot: draws charts.
  ///   - neato: draws graphs.
  /// - Throws: `FileError`, `SafetensorsError` if a file can't be written. A picture that can't be drawn is
  ///   a note in the report instead.
  package func write(gnuplot: DrawingProgram = .gnuplot, neato: DrawingProgram = .neato) throws -> Written {
    let folder = analysis.folder.path
    let tables = StudyTables(analysis: analysis).all
    try Folder.make(folder + "/report/tables")
    for table in tables {
      try AtomicFile.write(Array(table.csv.utf8), to: "\(folder)/report/tables/\(table.name).csv")
    }
    let drawing = FigureDrawing(folder: folder + "/report/figures", gnuplot: gnuplot, neato: neato)
    let (drawn, notes) = try drawing.draw(try StudyFigures(analysis, spans: spans).all)
    let page = Page(
      analysis: analysis, tables: tables, figures: drawn, notes: notes, files: "report")
    try AtomicFile.write(Array(page.text.utf8), to: folder + "/report.html")
    return Written(
      page: folder + "/report.html", figures: drawn.filter { $0.svg != nil }.map(\.figure.name),
      tables: tables.count,
      notes: notes)
  }
}
