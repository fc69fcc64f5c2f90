import CheckedJSON
import EnsembleStudies
import Files
import Foundation
import HostResources
import SparseNetworks
import StudyFiles
import Synchronization
import TextFormatting
import TrajectoryData

/// The ensembles of a study as models, one a variant: the file ensembles.json beside the results.
package struct EnsembleModels: Codable, Equatable, Sendable {
  /// Name of the study.
  package var study: String
  /// Variants with at least two networks, in the order of the study.
  package var variants: [EnsembleModel]

  /// Name of the file in a results folder.
  package static var fileName: String { "ensembles.json" }
  /// Multiply-adds that the forecasts may take together, some seconds of one core.
  private static var budget: Double { 2e10 }

  /// The ensembles of a study.
  package init(study: String, variants: [EnsembleModel]) { (self.study, self.variants) = (study, variants) }

  /// Forecasts the test trajectories, or as many as the budget allows, by all members of a finished study's folder.
  ///
  /// Returns nil where the dataset isn't in the folder. Throws as ``StudyFolder``.
  package init?(_ folder: StudyFolder) throws {
    guard let first = try folder.anyMember(), folder.hasDataset(of: first) else { return nil }
    let data = try TestData(try folder.dataset(of: first))
    var settings = AnalysisSettings()
    settings.forecastBudget = Self.budget
    let count = StudyAnalysis.forecastTrajectories(folder.study, data, settings)
    let chosen = data.evenly(count)
    let kernels = try Kernels.selected()
    let variants = folder.study.variants
    let results = Mutex([Result<EnsembleModel?, any Error>?](repeating: nil, count: variants.count))
    HostResources.current.concurrently(variants.count) { index in
      let result = Result {
        let members = try (0..<variants[index].members).compactMap { member in
          try folder.member(variants[index], member).map { ForecastMember(index: member, $0) }
        }
        guard members.count > 1, !chosen.isEmpty else { return nil as EnsembleModel? }
        return try EnsembleAccuracy.judge(
          members, on: chosen, of: data, windows: first.job.windows, kernels: kernels
        ).errors.model(variant: variants[index].name)
      }
      results.withLock { $0[index] = result }
    }
    study = folder.study.name
    self.variants = try results.withLock { try $0.compactMap { try $0?.get() } }
  }

  /// The file's bytes: JSON, indented, keys in alphabetical order.
  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + Array("\n".utf8)
  }

  /// Reads what ``json()`` wrote; nil if a results folder has no such file. Throws `FileError`, or `DamagedFileError`.
  package init?(readingFrom folder: String) throws {
    let path = folder + "/" + Self.fileName
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      self = try JSONDecoder().decodeChecked(Self.self, from: try FileContent.all(of: path))
    } catch let error as FileError {
      throw error
    } catch {
      throw DamagedFileError(path, JSONProblem.text(of: error))
    }
  }
}

extension EnsembleModels {
  /// Median errors of the ensembles' forecasts beside their members', by window, as plain text; nil without an ensemble.
  package func text(width: Int = 100) -> String? {
    guard let first = variants.first else { return nil }
    func cell(_ errors: EnsembleModel.Errors) -> String {
      let median = errors.meanAbsolute.q50.map { String(format: "%#.3g", $0) } ?? "–"
      return median + (errors.blowUps.count > 0 ? " (\(errors.blowUps.count))" : "")
    }
    let rows = variants.flatMap { variant -> [[String]] in
      let name = TextTable.shortened(variant.variant, to: 30)
      return [
        [name, "median of \(variant.members)"] + variant.windows.map { cell($0.median) },
        ["", "mean of \(variant.members)"] + variant.windows.map { cell($0.mean) },
        ["", "members"] + variant.windows.map { cell($0.byMember) },
      ]
    }
    let table = TextTable(
      header: ["variant", "forecast"] + first.windows.map(\.window.description), rows: rows,
      leftAligned: [0, 1])
    let title =
      "The ensemble as a model: median AN-RFMAE over \(first.trajectories) test trajectories of the median and the mean of "
      + "its members' forecasts (blow-ups)"
    return ([title, ""] + table.lines(width: width)).joined(separator: "\n") + "\n"
  }
}
