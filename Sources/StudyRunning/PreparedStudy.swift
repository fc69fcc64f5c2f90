import EnsembleStudies
import SparseNetworks

/// A study whose dataset has been made and whose jobs are known.
package struct PreparedStudy {
  package let plan: StudyPlan
  /// The bytes of the dataset's file.
  package let dataset: [UInt8]

  /// The study with every default filled in, and everything that was recognised from its data files.
  package var resolvedYAML: String { plan.study.resolvedYAML() }

  /// Reads or simulates the dataset and expands the study. Throws a `CategorizedError` if it can't be used.
  package init(_ source: StudySource) throws {
    (plan, dataset) = try categorized(.badInput) {
      _ = try Kernels.selected()
      let reading = try source.study.dataset.read(relativeTo: source.folder)
      let dataset = try DatasetFile.encoded(reading.trajectories)
      var study = source.study
      study.dataset = reading.resolved
      let plan = try StudyPlan(
        study, trajectories: reading.trajectories, digest: .of(dataset), notes: reading.notes)
      return (plan, dataset)
    }
  }
}
