import ArgumentParser
import StudyRunning

/// The options of every command that names a study to expand.
struct StudyOptions: ParsableArguments {
  @Option(help: "Seed of the study, a whole number of at least 0 (default: the study file's).")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Fraction of the members (at least 2) and of the training length (at least 1 epoch), for a quick look "
        + "(default: 1).", valueName: "fraction"))
  var scale: Double?

  @Option(
    help: ArgumentHelp(
      "Data file in the place of the study's own, for studies of one file; the public benchmarks need it.",
      valueName: "file"))
  var data: String?

  func validate() throws {
    if let scale, !(scale > 0 && scale <= 1) {
      throw ValidationError("--scale must be greater than 0 and at most 1, for example 0.1")
    }
  }

  /// Whether the study differs from its file's.
  var changeStudy: Bool { seed != nil || scale != nil || data != nil }

  /// The study of that name or path, with the options applied; says so if it is scaled.
  func source(_ name: String, isQuiet: Bool = false, needsData: Bool = true) throws -> StudySource {
    let source = try StudySource(name, seed: seed, scale: scale, data: data, needsData: needsData)
    if let scale, !isQuiet {
      Console.error(
        "a quick look, not the study: \(scale) times its members (at least 2) and training length")
    }
    return source
  }
}
