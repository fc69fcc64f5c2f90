import Digests
import ErrorCategories
import ReproducibleMath
import SparseNetworks
import StudyFiles
import TrajectoryData

/// A study's members and the jobs that train them: the expansion of a study on a dataset.
package struct StudyPlan: Sendable {
  /// One member of one variant.
  package struct Member: Sendable, Equatable {
    /// The variant's name.
    package let variant: String
    /// The member's number in its variant, from 0.
    package let index: Int
    /// Seed of its initial weights and of the order of its samples.
    package let seed: UInt64
    /// Identity of its job: the SHA-256 of the payload.
    package let job: SHA256Digest
    /// The job's bytes.
    package let payload: [UInt8]
    /// Training steps of the job.
    package let steps: Int

    /// "sparse-03": the variant and the number, as wide as the variant's last.
    package let name: String
  }

  /// The study.
  package let study: Study
  /// Signals and sizes of the dataset.
  package let signals: DatasetSchema
  /// Digest of the dataset's file.
  package let dataset: SHA256Digest
  /// The members, variant by variant.
  package private(set) var members: [Member] = []
  /// What a reader of the results should know of the data, in sentences.
  package private(set) var notes: [String] = []

  /// Digest of the jobs and the members' names: two studies with the same one have the same results, whatever their
  /// descriptions and wherever their data came from.
  package var identity: SHA256Digest {
    .of(Array(members.map { "\($0.name) \($0.job)\n" }.joined().utf8))
  }

  /// Training steps of all jobs.
  package var totalSteps: Int {
    var seen: Set<SHA256Digest> = []
    return members.reduce(0) { seen.insert($1.job).inserted ? $0 + $1.steps : $0 }
  }

  /// The study's windows, as far as the longest test trajectory goes.
  package var windows: [ForecastWindow] {
    ForecastWindow.clip(study.forecast.windows, to: signals.rows[.test]?.max() ?? .max)
  }

  /// The jobs in the order in which they are first needed; members with the same job share it.
  package var jobs: [(id: SHA256Digest, payload: [UInt8])] {
    var seen: Set<SHA256Digest> = []
    return members.filter { seen.insert($0.job).inserted }.map { ($0.job, $0.payload) }
  }

  /// Expands a study on a dataset, whose file has the given digest. Member k has the same seed in each variant, so
  /// that variants are compared from the same initialisations.
  ///
  /// Throws ``StudyPlanError`` if no forecast window is within the test trajectories, or if a variant asks for more than the dataset has, can't be built, or would train on
  /// trajectories in which a state or its rate is constant.
  ///
  /// - Parameters:
  ///   - study: with one variant or more.
  ///   - trajectories: its dataset.
  ///   - digest: of the dataset's file.
  ///   - notes: remarks that come before the plan's own.
  package init(
    _ study: Study, trajectories: TrajectorySet, digest: SHA256Digest, notes: [String] = []
  ) throws {
    try self.init(study, signals: DatasetSchema(trajectories), digest: digest) { job, variant in
      let training = Array(trajectories.training.prefix(job.trainingTrajectories))
      do {
        _ = try Standardisation(of: training)
      } catch {
        throw StudyPlanError(variant: variant.name, problem: "\(error)")
      }
      return (Standardisation.constantInputs(of: training), Standardisation.coarseColumns(of: training))
    }
    self.notes = notes + self.notes
    guard signals.hasMissing else { return }
    for variant in self.study.variants {
      let job = try job(of: variant)
      let regressor = job.regressor(outputs: signals.stateNames.count, inputs: signals.inputNames.count)
      let training = trajectories.training.prefix(job.trainingTrajectories)
      guard
        job.phases.allSatisfy({ $0.settings.simulation != nil })
          || training.contains(where: regressor.hasWholeSample)
      else {
        throw StudyPlanError(variant: variant.name, problem: TrainingJobError.noWholeSample.problem)
      }
    }
  }

  /// As above, of a dataset that isn't at hand, in which no column is looked at.
  init(_ study: Study, signals: DatasetSchema, digest: SHA256Digest) throws {
    try self.init(study, signals: signals, digest: digest) { _, _ in ([], []) }
  }

  /// `check` sees the first job of each number of training trajectories, and returns the inputs that are constant in
  /// them, and the columns of which only few digits vary.
  private init(
    _ study: Study, signals: DatasetSchema, digest: SHA256Digest,
    check: (TrainingJob, Variant) throws -> (constant: [String], coarse: [Standardisation.CoarseColumn])
  ) throws {
    let study = study.withBatchSizes { variant in
      let regressor = try? variant.regressor(outputs: signals.stateNames, inputs: signals.inputNames)
      return regressor.map {
        signals.trainingSamples(variant.trainingTrajectories ?? signals.count(.training), $0)
      }
    }
    (self.study, self.signals, self.dataset) = (study, signals, digest)
    guard !windows.isEmpty else {
      let rows = signals.rows[.test]?.max() ?? 0
      throw StudyPlanError(
        variant: nil,
        problem:
          "every forecast window begins after the end of the longest test trajectory, which has \(rows) rows; "
          + "write other forecast.windows")
    }
    var members: [Member] = []
    var constantInputs: [Int: [String]] = [:]
    for variant in study.variants {
      let job = try job(of: variant)
      if constantInputs[job.trainingTrajectories] == nil {
        let (constant, coarse) = try check(job, variant)
        constantInputs[job.trainingTrajectories] = constant
        notes += coarse.map { "variant '\(variant.name)': \($0)" }
      }
      if let constant = constantInputs[job.trainingTrajectories], !constant.isEmpty {
        notes.append(
          "variant '\(variant.name)': \(constant.joined(separator: ", ")) "
            + "\(constant.count == 1 ? "does" : "do") not vary in its \(job.trainingTrajectories) training "
            + "trajectories, so its networks learn nothing of \(constant.count == 1 ? "its" : "their") effect"
        )
      }
      let regressor = job.regressor(outputs: signals.stateNames.count, inputs: signals.inputNames.count)
      noteShort(.training, of: variant, after: regressor.warmUp, count: job.trainingTrajectories)
      let given = MemberForecasts.lastGivenRow(regressor, job.hiddenStates)
      noteShort(.test, of: variant, after: given)
      noteShort(.validation, of: variant, after: given)
      let steps = job.steps(samples: signals.trainingSamples(job.trainingTrajectories, regressor))
      let width = String(variant.members - 1).count
      for index in 0..<variant.members {
        var ofMember = job
        var stream = RandomStream(seed: study.seed, purpose: .memberSeed, index: UInt32(index))
        ofMember.seed = stream.next()
        let payload = try ofMember.payload()
        let digits = String(index)
        members.append(
          Member(
            variant: variant.name, index: index, seed: ofMember.seed, job: .of(payload), payload: payload,
            steps: steps,
            name: variant.name + "-" + String(repeating: "0", count: width - digits.count) + digits))
      }
    }
    self.members = members
  }

  /// Notes the trajectories of a part that have nothing after the row up to which a variant's network is given them.
  private mutating func noteShort(
    _ part: TrajectorySet.Part, of variant: Variant, after given: Int, count: Int = .max
  ) {
    let rows = (signals.rows[part] ?? []).prefix(count)
    let short = rows.count { $0 <= given + 1 }
    guard short > 0 else { return }
    notes.append(
      "variant '\(variant.name)': \(short) of its \(rows.count) \(part.rawValue) trajectories "
        + "\(short == 1 ? "has" : "have") at most \(given + 1) rows, too few for its lags\(variant.hiddenStates > 0 ? " and hidden states" : ""), and "
        + "\(short == 1 ? "counts" : "count") nothing")
  }

  private func job(of variant: Variant) throws -> TrainingJob {
    func fail(_ problem: String) -> StudyPlanError { StudyPlanError(variant: variant.name, problem: problem) }
    let trajectories = variant.trainingTrajectories ?? signals.count(.training)
    guard trajectories <= signals.count(.training) else {
      throw fail("trainingTrajectories is \(trajectories), but the dataset has \(signals.count(.training))")
    }
    let regressor: Regressor
    let outputWeights: [Double]?
    do {
      outputWeights = try variant.weights(ofOutputs: signals.stateNames)
      regressor = try variant.regressor(outputs: signals.stateNames, inputs: signals.inputNames)
    } catch {
      throw fail("\(error)")
    }
    guard variant.validationInterval == nil || signals.count(.validation) > 0 else {
      throw fail("validationInterval needs validation trajectories, and the dataset has none")
    }
    if regressor.hiddenStates > 0, variant.pruning?.criterion == .fisher {
      throw fail(
        "pruning.criterion is fisher, the information of one step from measured rows, which hidden states don't have; "
          + "write magnitude")
    }
    let samples = signals.trainingSamples(trajectories, regressor)
    guard samples > 0 else {
      throw fail(
        "its lags need trajectories of more than \(regressor.warmUp + 1) rows, and no training trajectory is that long"
      )
    }
    let longest = signals.rows[.test]?.max() ?? .max
    let given = MemberForecasts.lastGivenRow(regressor, variant.hiddenStart)
    guard given == 0 || windows.contains(where: { $0.from < longest - 1 - given }) else {
      throw fail(
        "its \(regressor.hiddenStates > 0 ? "washout needs" : "lags need") \(given + 1) measured rows before a forecast, which leaves no step of the longest "
          + "test trajectory in a forecast window")
    }
    let method = variant.lossMethod
    for (batchSize, method) in [
      (variant.batchSize, method), (variant.pruning?.batchSize, variant.pruning?.loss?.method ?? method),
      (variant.debias?.batchSize, variant.debias?.loss?.method ?? method),
    ] where method == .oneStep {
      guard let batchSize, batchSize > samples else { continue }
      throw fail("batchSize is \(batchSize), but there are only \(samples) training samples")
    }
    let shape: NetworkShape
    do {
      shape = try NetworkShape(
        inputs: regressor.columns.count, hidden: variant.hidden,
        outputs: regressor.outputCount + regressor.hiddenStates,
        inputSkip: variant.inputSkip,
        activation: variant.activation)
    } catch {
      throw fail("\(error)")
    }
    let phases = variant.phases(samples: samples)
    let job = TrainingJob(
      dataset: dataset, trainingTrajectories: trajectories, regressor: regressor,
      hiddenStates: variant.hiddenStart, shape: shape, settings: phases[0].settings,
      laterPhases: Array(phases.dropFirst()), outputWeights: outputWeights,
      validationInterval: variant.validationInterval, validationBlocks: variant.validationBlocks,
      seed: 0, pruneThreshold: variant.pruneThreshold, windows: windows)
    if let steps = job.integralSteps, case let most = signals.shortestTraining(trajectories, regressor),
      most < steps
    {
      throw fail(
        "the integral form compares \(steps) steps, but a training trajectory has only \(most); write fewer")
    }
    return job
  }
}

/// A study or variant that doesn't fit its dataset.
package struct StudyPlanError: CategorizedError, Equatable {
  /// The variant's name; nil if it is the study itself.
  package let variant: String?
  /// What is wrong, as a clause.
  package let problem: String
  package var category: ErrorCategory { .badInput }
  package var description: String { (variant.map { "variant '\($0)': " } ?? "") + problem }
}
