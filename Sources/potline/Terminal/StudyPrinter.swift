import ArgumentParser
import EnsembleAnalysis
import EnsembleStudies
import Foundation
import StudyFiles
import StudyRunning
import Synchronization

/// Prints the events and the results of a study, the same for `run`, `results` and `collect`.
final class StudyPrinter: Sendable {
  private let isQuiet: Bool
  private let line = Mutex<ProgressLine?>(nil)

  /// - Parameter isQuiet: Print errors alone.
  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func show(_ event: StudyEvent) {
    switch event {
    case .damagedResult(let problem): return Console.error("\(problem); the job is run again")
    case .jobFailed(let name, let reason): return Console.error("\(name): \(reason)")
    case .statusPageEnded(let reason):
      return Console.error("the status page has ended: \(reason); the queue continues without it")
    default: if isQuiet { return }
    }
    switch event {
    case .damagedResult, .jobFailed, .statusPageEnded: break
    case .remark(let text): Console.error(text)
    case .statusPage(let url, let tokenFile):
      Console.error(Self.statusPage(url, tokenFile: tokenFile))
    case .listening(let address, let file): Console.note("listening on \(address); connection file: \(file)")
    case .processes(let count, let limit): Console.note(Self.processes(count, limit: limit))
    case .membersFinishedBefore(let count, let total):
      Console.note("\(count) of \(total) members are finished already")
    case .progress(let progress, let steps):
      line.withLock {
        if $0 == nil { $0 = ProgressLine(totalSteps: steps) }
        $0?.show(progress)
      }
    case .lastProgress(let progress, let steps):
      line.withLock { ($0 ?? ProgressLine(totalSteps: steps)).finish(progress) }
    case .jobFinished(let name, let wasThere):
      Console.note("\(name): \(wasThere ? "done already" : "finished")")
    case .jobStopped(let name, let step, let steps):
      Console.note("\(name): stopped after \(step) of \(steps) steps; run the same command again to resume")
    case .jobsLeft(let count):
      Console.note(
        "\(count) \(count == 1 ? "job is" : "jobs are") left; run the same command again to resume")
    }
  }

  static func processes(_ count: Int, limit: String) -> String {
    "\(count) worker \(count == 1 ? "process" : "processes"), as \(limit) allows"
  }

  static func statusPage(_ url: String, tokenFile: String?) -> String {
    "status page: \(url)" + (tokenFile.map { "; its token is in \($0)" } ?? "")
  }

  /// Prints tables or JSON.
  ///
  /// - Parameter scale: As given by --scale, for a line that says so.
  func show(
    _ statistics: EnsembleStatistics, writtenTo folder: String, asJSON: Bool, scale: Double? = nil
  ) throws {
    if asJSON {
      Console.data(String(decoding: try statistics.json(), as: UTF8.self))
    } else if !isQuiet {
      Console.result("\n" + StatisticsTable.comparison(statistics))
      if let ensembles = try EnsembleModels(readingFrom: folder) {
        let benchmark = BundledStudies.all.first { $0.name == statistics.study }?.benchmark
        let table = benchmark.flatMap { BenchmarkTable.text($0, ensembles, statistics) }
        for text in [table, ensembles.text()].compactMap(\.self) { Console.result("\n" + text) }
      }
      for path in statistics.penaltyPaths ?? [] {
        Console.result("\n" + StatisticsTable.path(path))
      }
      for variant in statistics.variants {
        Console.result("\n" + StatisticsTable.features(of: variant, in: statistics))
      }
      Console.result(
        (scale.map { "\nScale \($0): fewer members and shorter training than the study's." } ?? "")
          + "\nWritten to \(folder): members/*.safetensors, members.csv, statistics.json, ensembles.json, study.yaml"
      )
    }
  }

  /// Ends the program with 3 if a member failed.
  static func checkMembers(_ statistics: EnsembleStatistics) throws {
    if statistics.variants.contains(where: { !$0.failures.isEmpty }) {
      throw ExitStatus.membersFailed.code
    }
  }
}
