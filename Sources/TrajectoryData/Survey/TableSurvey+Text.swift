import Foundation
import TextFormatting

extension TableSurvey {
  /// The survey as text for a terminal of that width.
  package func text(width: Int) -> String {
    var lines = ["\(file): \(NumberText.grouped(rowCount)) rows, \(columns.count) columns; \(summary)"]
    lines += samplingLines
    lines += notes.prefix(60).map { "Note: \($0)" }
    let shown = columns.prefix(200)
    let table = TextTable(
      header: [
        "column", "unit", "values", "missing", "least", "greatest", "mean", "deviation", "resolution",
        "repeats", "S/N (dB)",
      ], rows: shown.map(row))
    lines += [""] + table.lines(width: width)
    if columns.count > shown.count {
      lines.append("and \(columns.count - shown.count) more columns (--json lists all)")
    }
    if !relations.isEmpty {
      let table = TextTable(
        header: ["output", "input", "correlation", "delay (rows)"],
        rows: relations.prefix(60).map {
          [$0.output, $0.input, String(format: "%+.2f", $0.correlation), "\($0.delay)"]
        }, leftAligned: [0, 1])
      lines += [""] + table.lines(width: width)
    }
    // Names come from the file.
    return PlainText.of(lines.joined(separator: "\n"), keepsLines: true)
  }

  /// What is known of times and runs, in a line each.
  package var samplingLines: [String] {
    [
      samplingTime.map { "Sampling time by the file: \(short($0)) s" }, times.map(text(of:)),
      runs.map { "Runs: column \($0.column) has \($0.labels.count) different names" },
    ].compactMap(\.self)
  }

  private func text(of times: Times) -> String {
    let steps = times.steps.prefix(5).map { "\(short($0.seconds)) s (\(NumberText.grouped($0.count)))" }
    let format =
      times.column.format == TimeColumn.numbers ? times.column.unit.rawValue : times.column.format ?? ""
    return "Time: column \(times.column.column)\(times.column.clock.map { " and \($0)" } ?? ""), \(format); "
      + (times.isEven
        ? "even steps of \(short(times.usualStep)) s"
        : "uneven steps: \(steps.joined(separator: ", "))\(times.steps.count > 5 ? ", and others" : "")")
  }

  private func row(_ column: Column) -> [String] {
    guard let summary = column.summary else {
      return [column.name, column.unit ?? "", "text"] + Array(repeating: "", count: 8)
    }
    let hasValues = summary.count > 0
    return [
      column.name, column.unit ?? "", NumberText.grouped(summary.count), NumberText.grouped(summary.missing),
      hasValues ? short(summary.least) : "", hasValues ? short(summary.greatest) : "",
      hasValues ? short(summary.mean) : "", hasValues ? short(summary.deviation) : "",
      column.resolution.map(short) ?? "",
      hasValues ? "\(Int((100 * Double(summary.repeats) / Double(summary.count)).rounded())) %" : "",
      column.signalToNoise.map { "\(Int($0.rounded()))" } ?? "",
    ]
  }

  private func short(_ value: Double) -> String { String(format: "%.5g", value) }
}

extension TableSurvey: Encodable {
  private enum Keys: String, CodingKey {
    case file, kind, format, samplingTime, rows, columns, time, runs, relations, notes
  }

  private struct ColumnRecord: Encodable {
    let name: String
    let unit: String?
    let isNumber: Bool
    var count: Int?
    var missing: Int?
    var least: Double?
    var greatest: Double?
    var mean: Double?
    var deviation: Double?
    var resolution: Double?
    var repeats: Int?
    var isConstant: Bool?
    var suspicious: Double?
    var signalToNoise: Double?

    init(_ column: Column) {
      (name, unit, isNumber) = (column.name, column.unit, column.summary != nil)
      guard let summary = column.summary else { return }
      (count, missing, repeats) = (summary.count, summary.missing, summary.repeats)
      isConstant = summary.isConstant
      suspicious = summary.suspiciousExtreme?.value
      (resolution, signalToNoise) = (column.resolution, column.signalToNoise)
      guard summary.count > 0 else { return }
      (least, greatest) = (summary.least, summary.greatest)
      // JSON has no infinite numbers, which sums of very large values can be.
      mean = summary.mean.isFinite ? summary.mean : nil
      deviation = summary.deviation.isFinite ? summary.deviation : nil
    }
  }

  private struct StepRecord: Encodable {
    let seconds: Double
    let count: Int
  }

  private struct TimeRecord: Encodable {
    let column: TimeColumn
    let isEven: Bool
    let usualStep: Double
    let backwards: Int
    let steps: [StepRecord]
  }

  private struct RunRecord: Encodable {
    let column: String
    let labels: [String]
  }

  private struct RelationRecord: Encodable {
    let input: String
    let output: String
    let delay: Int
    let correlation: Double
  }

  /// Columns in the file's order; numbers that don't exist are absent.
  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Keys.self)
    try object.encode(file, forKey: .file)
    try object.encode(summary, forKey: .kind)
    try object.encode(format, forKey: .format)
    try object.encodeIfPresent(samplingTime, forKey: .samplingTime)
    try object.encode(rowCount, forKey: .rows)
    try object.encode(columns.map(ColumnRecord.init), forKey: .columns)
    try object.encodeIfPresent(
      times.map {
        TimeRecord(
          column: $0.column, isEven: $0.isEven, usualStep: $0.usualStep, backwards: $0.backwards,
          steps: $0.steps.map { StepRecord(seconds: $0.seconds, count: $0.count) })
      }, forKey: .time)
    try object.encodeIfPresent(runs.map { RunRecord(column: $0.column, labels: $0.labels) }, forKey: .runs)
    try object.encode(
      relations.map {
        RelationRecord(input: $0.input, output: $0.output, delay: $0.delay, correlation: $0.correlation)
      }, forKey: .relations)
    try object.encode(notes, forKey: .notes)
  }
}
