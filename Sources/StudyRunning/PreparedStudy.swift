import EnsembleStudies
import SparseNetworks

/// A study whose dataset has been made and whose jobs are known.
package struct PreparedStudy {
  package let plan: StudyPlan
  /// The bytes of the dataset's file.
  package let dataset: [UInt8]

  /// Reads or simulates the dataset and expands the study. Throws a `CategorizedError` if it can't be used.
  package init(_ source: StudySource) throws {
    (plan, dataset) = try categorized(.badInput) {
      _ = try Kernels.selected()
      let trajectories = try source.study.dataset.trajectories(relativeTo: source.folder)
      let dataset = try DatasetFile.encoded(trajectories)
      let plan = try StudyPlan(source.study, trajectories: trajectories, digest: .of(dataset))
      return (plan, dataset)
    }
  }
}
