import EnsembleStudies
import SparseNetworks

/// A study whose dataset has been made and whose jobs are known.
struct StudyPreparation {
  let plan: StudyPlan
  /// The bytes of the dataset's file.
  let dataset: [UInt8]

  /// Reads or simulates the dataset and expands the study; ends the program with a message if it can't be used.
  init(_ source: StudySource) throws {
    do {
      _ = try Kernels.selected()
      let trajectories = try source.study.dataset.trajectories(relativeTo: source.folder)
      dataset = try DatasetFile.encoded(trajectories)
      plan = try StudyPlan(source.study, trajectories: trajectories, digest: .of(dataset))
    } catch {
      throw ExitStatus.badInput.refuse(error)
    }
  }
}
