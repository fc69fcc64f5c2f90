import EnsembleStudies
import Foundation
import TextFormatting

/// The report as text.
package enum BenchmarkTable {
  package static func text(_ report: BenchmarkReport, width: Int) -> String {
    let sections = [
      machine(report.machine), report.peak.map(peak), report.training.map { training($0, width: width) },
      report.simulation.map { simulation($0, width: width) },
      report.finish.map { finish($0, width: width) },
      report.sparse.map { sparse($0, width: width) },
      report.forward.map { forward($0, width: width) }, report.forecasts.map { forecasts($0, width: width) },
      report.memory.map(memory), report.processes.map(processes),
    ]
    return sections.compactMap { $0?.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private static func machine(_ row: MachineRow) -> [String] {
    [
      "Potline \(row.version), \(row.processor), \(row.cores) cores, kernels \(row.kernels) (\(row.instructionSet))"
    ]
  }

  private static func peak(_ row: PeakRow) -> [String] {
    ["Peak of one core: \(number(row.gigaflops)) GFLOP/s float32 multiply-add (best \(number(row.best)))"]
  }

  private static func training(_ rows: [TrainingRow], width: Int) -> [String] {
    let table = TextTable(
      header: [
        "network", "zeros", "step µs", "best", "steps/s", "of peak", "at best", "gradient", "update",
        "shuffle",
        "rest",
      ],
      rows: rows.map { row in
        [
          row.network, percent(row.zeros), number(row.microseconds.median), number(row.microseconds.minimum),
          whole(row.stepsPerSecond), percent(row.shareOfPeak), percent(row.bestShareOfPeak),
          number(row.parts.gradient),
          number(row.parts.update),
          number(row.parts.shuffle), number(row.parts.gatherAndRest),
        ]
      })
    let title =
      rows.first.map {
        "Training, batch \($0.batchSize), \(whole(Double($0.samples))) samples; µs of a whole step and of its parts (rest: the cache):"
      } ?? ""
    return [title] + table.lines(width: width)
  }

  private static func simulation(_ rows: [SimulationRow], width: Int) -> [String] {
    let table = TextTable(
      header: [
        "network", "lags", "horizon", "windows", "step µs", "best", "µs a window and step", "of peak",
      ],
      rows: rows.map { row in
        [
          row.network, "\(row.lags)", "\(row.horizon)", "\(row.windows)", number(row.microseconds.median),
          number(row.microseconds.minimum), number(row.microsecondsPerSample), percent(row.shareOfPeak),
        ]
      })
    return ["Training on simulations; µs of a whole step:"] + table.lines(width: width)
  }

  private static func finish(_ rows: [FinishRow], width: Int) -> [String] {
    let table = TextTable(
      header: ["errors", "parameters", "ms", "best", "of peak"],
      rows: rows.map { row in
        [
          row.errors, "\(row.parameters)", number(row.milliseconds), number(row.best),
          percent(row.shareOfPeak),
        ]
      })
    return ["Iterations of Levenberg-Marquardt, against the double-precision peak:"]
      + table.lines(width: width)
  }

  private static func sparse(_ rows: [SparseTrainingRow], width: Int) -> [String] {
    let table = TextTable(
      header: ["network", "gradients", "zeros", "step µs", "best", "of dense"],
      rows: rows.map { row in
        [
          row.network, row.method == "fixed mask" ? "of the mask" : "of all", percent(row.zeros),
          number(row.microseconds.median), number(row.microseconds.minimum), fraction(row.ratioToDense),
        ]
      })
    return ["Training steps that skip zero weights, against the dense step:"] + table.lines(width: width)
  }

  private static func forward(_ rows: [ForwardRow], width: Int) -> [String] {
    let table = TextTable(
      header: ["network", "zeros", "weights", "µs", "best", "of dense"],
      rows: rows.map { row in
        [
          row.network, percent(row.zeros), whole(Double(row.weightsLeft)), number(row.microseconds.median),
          number(row.microseconds.minimum), fraction(row.ratioToDense),
        ]
      })
    let title = rows.first.map { "Forward pass of pruned networks, batch \($0.batchSize):" } ?? ""
    return [title] + table.lines(width: width)
  }

  private static func forecasts(_ rows: [ForecastRow], width: Int) -> [String] {
    let table = TextTable(
      header: ["network", "zeros", "weights", "steps", "seconds", "best", "steps/s"],
      rows: rows.map { row in
        [
          row.network, percent(row.zeros), whole(Double(row.weightsLeft)), whole(Double(row.steps)),
          number(row.seconds.median), number(row.seconds.minimum), whole(row.stepsPerSecond),
        ]
      })
    let title =
      rows.first.map { "Rolling forecasts of \($0.trajectories) trajectories with one member:" } ?? ""
    return [title] + table.lines(width: width)
  }

  private static func memory(_ row: MemoryRow) -> [String] {
    [
      "Memory of a process that trains on \(row.trajectories) x \(whole(Double(row.rows))) rows: "
        + "\(megabytes(row.peakResidentBytes)) at most, \(megabytes(row.anonymousBytes)) of it of its own while it "
        + "trains; the dataset, which processes share, has \(megabytes(row.datasetBytes))"
    ]
  }

  private static func processes(_ row: ProcessRow) -> [String] {
    [
      "Two processes train \(fraction(row.ratio)) times as many steps/s as one: \(whole(row.twoStepsPerSecond)) and "
        + "\(whole(row.oneStepsPerSecond)) (\(row.network))"
    ]
  }
}

extension BenchmarkTable {
  /// Three digits that count: 0.0123, 1.23, 12.3, 123, 1234.
  static func number(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "—" }
    let digits = max(0, 2 - Int(floor(log10(value.magnitude))))
    return String(format: "%.\(digits)f", value)
  }

  /// "199,960"
  static func whole(_ value: Double) -> String {
    guard value.isFinite else { return "—" }
    return NumberText.grouped(Int(value.rounded()))
  }

  static func percent(_ share: Double) -> String {
    share.isFinite ? String(format: "%.0f %%", 100 * share) : "—"
  }
  static func fraction(_ ratio: Double) -> String { ratio.isFinite ? String(format: "%.2f", ratio) : "—" }
  static func megabytes(_ bytes: Int) -> String { number(Double(bytes) / 1e6) + " MB" }
}
