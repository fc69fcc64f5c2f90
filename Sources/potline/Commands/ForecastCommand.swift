import ArgumentParser
import EnsembleAnalysis
import Files
import Foundation
import Safetensors
import StudyReports
import StudyRunning

struct ForecastCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Forecasts a trajectory with the ensemble of a finished study.",
    discussion: """
      Starts from the first state of the trajectory, or from as many first rows as the variant has lags, and uses its \
      inputs. Writes the median and the bands in which 50 and \
      90 % of the members lie as CSV, and a picture beside it (SVG, PDF, PNG). A member that is not finite or on average \
      more than 3 standard deviations from the median leaves the ensemble.
      """)

  @Argument(help: ArgumentHelp("The study's output folder.", valueName: "folder"))
  var folder: String

  @Option(
    help: ArgumentHelp(
      "A CSV file whose columns include the study's states and inputs, one row a sample (required).",
      valueName: "file"))
  var trajectory: String

  @Option(
    help: ArgumentHelp(
      "The variant to use (default: the one with the fewest blow-ups, then the least median error).",
      valueName: "name"))
  var variant: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "CSV file to write (default: NAME-forecast.csv, NAME.csv being the trajectory).", valueName: "file"))
  var output: String?

  @Flag(help: "Don't compare with the states after the first row: they aren't known (default: compare).")
  var firstStateOnly = false

  func perform() throws {
    let result = try categorized(.badInput) {
      try TrajectoryForecast(
        try StudyFolder(folder), variant: variant, trajectory: trajectory, comparesStates: !firstStateOnly)
    }
    let name = URL(fileURLWithPath: trajectory).deletingPathExtension().lastPathComponent
    let path = output ?? "\(name)-forecast.csv"
    try categorized(.output) {
      try AtomicFile.write(Array(result.csv.utf8), to: path)
      let picture = path.hasSuffix(".csv") ? String(path.dropLast(4)) : path
      let notes = try result.draw(to: picture)
      for note in notes { Console.error(note) }
      let gone = result.forecast.leftAt.count { $0 != nil }
      var lines = [
        "\(result.variant.name): \(result.forecast.members) members, "
          + (gone == 0 ? "none left the ensemble" : "\(gone) left the ensemble on the way")
      ]
      if let error = result.error {
        lines.append(
          "error of the median over \(error.stepCount) steps: AN-RFMAE \(Numbers.text(error.meanAbsolute))"
            + (error.blewUp ? ", blew up" : ""))
      }
      lines.append("written: \(path)" + (notes.isEmpty ? ", \(picture).svg, .pdf and .png" : ""))
      Console.result(lines.joined(separator: "\n"))
    }
  }
}
