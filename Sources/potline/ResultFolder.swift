import EnsembleStudies
import Files
import Foundation
import Safetensors

/// The output folder of a study whose members were trained elsewhere.
struct ResultFolder {
  let path: String
  let study: StudyDescription

  /// Makes the folder and writes study.yaml. Throws if it holds another study's results, or can't be written.
  func prepare() throws {
    let file = path + "/study.yaml"
    if let other = FileManager.default.contents(atPath: file), other != Data(study.study.utf8) {
      throw UsageProblem("\(path) holds the results of another study: use another folder")
    }
    try Folder.make(path)
    try AtomicFile.write(Array(study.study.utf8), to: file)
  }

  /// Puts the dataset there: a link to that of `folder` if there is one, else made anew. The report needs it, the results
  /// don't, so that it only says so if there is none.
  func takeDataset(from folder: String? = nil) {
    let datasets = path + "/datasets"
    do {
      try Folder.make(datasets)
      let hex = study.dataset.hex
      if let folder, link("\(folder)/\(hex)", "\(datasets)/\(hex)") == 0 { return }
      _ = try JobDatasets.path(of: study.dataset, study: study, in: datasets)
    } catch {
      Console.note("potline: \(error); `potline report` will need it in \(datasets)")
    }
  }
}
