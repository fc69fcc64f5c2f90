import CheckedJSON
import Files
import Foundation

/// A model of the same data that another program fitted, as `scripts/compare-peers sindy` notes it in a study's folder.
package struct PeerModel: Codable, Equatable, Sendable {
  /// What it is: "PySINDy, quadratic".
  package let name: String
  /// What tells it from others of the same name: "threshold 0.03"; empty: nothing.
  package let setting: String
  /// Its terms that are not zero: multiply-adds, as weights are.
  package let terms: Int
  /// Median AN-RFMAE over the whole horizon, of forecasts that did not blow up; nil if all did.
  package let error: Double?
  /// Forecasts that blew up.
  package let blowUps: Int
  /// Forecasts in all.
  package let forecasts: Int
  /// Program, method and data, in a few words.
  package let source: String

  /// A peer's model.
  package init(
    name: String, setting: String, terms: Int, error: Double?, blowUps: Int, forecasts: Int, source: String
  ) {
    (self.name, self.setting, self.terms, self.error) = (name, setting, terms, error)
    (self.blowUps, self.forecasts, self.source) = (blowUps, forecasts, source)
  }

  /// The models in a folder's `peers.json`; none if there is no such file.
  ///
  /// - Throws: ``StudyFolderError`` if it isn't what it should be.
  package static func read(folder: String) throws -> [PeerModel] {
    let path = folder + "/peers.json"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    func refuse(_ why: String) -> StudyFolderError {
      StudyFolderError(
        path: path, problem: "\(why); remove it, or let `scripts/compare-peers sindy` write it again")
    }
    let bytes: [UInt8]
    do {
      bytes = try FileContent.all(of: path)
    } catch {
      throw refuse(error.problem)
    }
    let models: [PeerModel]
    do {
      models = try JSONDecoder().decodeChecked([PeerModel].self, from: bytes)
    } catch {
      throw refuse("isn't a list of models with name, setting, terms, error, blowUps, forecasts and source")
    }
    guard models.allSatisfy({ $0.terms > 0 && ($0.error ?? 1) > 0 && $0.forecasts > 0 }) else {
      throw refuse("has a model without terms, error or forecasts")
    }
    return models
  }
}
