import ArgumentParser
import EnsembleAnalysis
import EnsembleStudies
import Files
import Foundation
import StudyFiles
import StudyReports
import StudyRunning

struct InspectCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Prints a trained member: sizes, learned input features, equations.",
    discussion: """
      A pruned network is piecewise affine: where the same hidden units are active, each output is one affine function \
      of the states and inputs, or of their lags. The pieces in which most samples lie are printed in the signals' own units. Samples are \
      those of the study's test trajectories, if the file is where `potline run` wrote it, and random otherwise.
      """)

  @Argument(help: ArgumentHelp("The member's file: FOLDER/members/NAME.safetensors.", valueName: "file"))
  var member: String

  @Option(help: ArgumentHelp("Affine pieces to print of each output.", valueName: "count"))
  var pieces = 3

  @Flag(help: "Print the equations of all hidden units, too (default: off).")
  var units = false

  @Flag(help: "Print the network's graph in Graphviz's language instead (default: off).")
  var dot = false

  @Flag(help: "Print everything as JSON instead (default: off).")
  var json = false

  func validate() throws {
    guard pieces >= 1 else { throw ValidationError("--pieces must be at least 1") }
    guard !(dot && json) else { throw ValidationError("--dot and --json exclude each other") }
  }

  func perform() throws {
    try categorized(.badInput) {
      let file = try MemberFile(decoding: try FileContent.all(of: member), source: member)
      if dot {
        Console.data(
          NetworkFigure.dot(file.network, inputs: file.columnNames, outputs: file.outputNames).text)
        return
      }
      let description = NetworkDescription(
        URL(fileURLWithPath: member).lastPathComponent, file, study: try study(of: file))
      if json { return Console.data(try description.json()) }
      Console.result(description.text(pieces: pieces, units: units))
    }
  }

  /// The study that the member lies in, if it does.
  private func study(of file: MemberFile) throws -> (dataset: DatasetDescription, data: TestData)? {
    let folder = URL(fileURLWithPath: member).deletingLastPathComponent().deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: "\(folder)/datasets/\(file.job.dataset)"),
      let study = try? StudyFile.read(path: folder + "/study.yaml")
    else { return nil }
    let dataset = try DatasetFile("\(folder)/datasets/\(file.job.dataset)")
    return (study.dataset, try TestData(dataset, regressor: file.regressor))
  }
}
