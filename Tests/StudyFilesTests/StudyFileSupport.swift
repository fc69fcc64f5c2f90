import StudyFiles

/// The smallest study file, for tests that change one line of it.
let smallestStudy = """
  name: small
  dataset:
    simulated:
      system: aluminium-cell
  variants:
    - name: a
      hidden: [20, 20]

  """

/// The problems in a text, or none if it is a study.
func problems(in yaml: String) -> [StudyFileProblem] {
  do {
    _ = try StudyFile.study(yaml: yaml, file: "study.yaml")
    return []
  } catch {
    return error.problems
  }
}
