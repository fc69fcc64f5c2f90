import Foundation
import Testing

/// A study of networks that see past rows, from the file to the report.
@Suite struct LagStudyTests {
  private static let study = """
    name: lags
    members: 3
    dataset:
      simulated:
        system: delayed-tank
        measurementNoise: [0.001]
        trajectories: 4
        steps: 300
        testTrajectories: 3
    defaults: {hidden: [6], activation: tanh, inputSkip: true, epochs: 20, batchSize: 32, learningRate: 5e-3}
    variants:
      - name: present
      - {name: lagged, lags: {outputs: 2, inputs: {pump: 4}}}
      - {name: delayed, deadTime: {pump: 3}}
    forecast: {windows: [[0, 100]]}
    """

  /// Hidden states of outputs in files, of which neither the noise nor the equations are known.
  @Test func studyOfHiddenStatesInFilesHasItsReport() throws {
    let folder = try TestFolder()
    try Program.run(
      "simulate", "--system", "cascaded-tanks", "--steps", "120", "--trajectories", "2",
      "--test-trajectories",
      "1", "-o", "data", in: folder)
    try folder.write(
      """
      name: hidden
      members: 2
      dataset: {files: {train: [data/train], test: [data/test], outputs: [x2], inputs: [u], samplingTime: 4}}
      variants:
        - name: hidden
          hidden: [4]
          activation: tanh
          inputSkip: true
          hiddenStates: 1
          washout: 10
          loss: {method: simulation, horizon: 20}
          steps: 40
          batchSize: 16
        - {name: present, hidden: [4], epochs: 3, batchSize: 16, outputWeights: {x2: 2}}
      forecast: {windows: [[0, 80]]}
      """, to: "study.yaml")
    let run = try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let report = try Program.run("report", "out", "--quiet", in: folder)
    #expect(report.status == 0, "\(report.errors)")
    let noise = try folder.text("out/report/tables/noise.csv").split(separator: "\n")
    #expect(noise.count == 2 && noise[1].hasPrefix("present,x2,"))
  }

  @Test func reportInspectAndForecastSpeakOfLags() throws {
    let folder = try TestFolder()
    try folder.write(Self.study, to: "study.yaml")
    let run = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    #expect(run.status == 0 && run.output.contains("pump[t-3]"), "\(run.errors)")
    let statistics = try folder.text("out/statistics.json")
    #expect(statistics.contains("\"lagFrequencies\"") && statistics.contains("\"level[t-1]\""))

    try Program.run("report", "out", "--quiet", in: folder)
    let lines = try folder.text("out/report/tables/lags.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    // Six columns of the lagged variant and two of the delayed one; the present row has no lags.
    #expect(lines.count == 9 && Set(lines.dropFirst().map { $0[0] }) == ["lagged", "delayed"])
    let pump = try #require(lines.first { $0[0] == "lagged" && $0[3] == "pump[t-3]" })
    #expect(pump[2] == "pump" && pump[8] == "1" && pump[9] == "1")
    let newest = try #require(lines.first { $0[0] == "lagged" && $0[3] == "pump[t]" })
    #expect(newest[9] == "0")
    let page = try folder.text("out/report.html")
    #expect(page.contains("Lags and dead times") && page.contains("figure-network-lagged"))
    let features = try folder.text("out/report/tables/features.csv")
    #expect(features.contains("lagged,dlevel,pump,") && !features.contains("pump[t"))

    let inspected = try Program.run("inspect", "out/members/lagged-0.safetensors", in: folder)
    #expect(inspected.output.contains("level[t-1]"))
    let graph = try Program.run("inspect", "out/members/delayed-0.safetensors", "--dot", in: folder)
    #expect(graph.output.contains("pump[t-3]"))

    try Program.run(
      "simulate", "--system", "delayed-tank", "--steps", "40", "--trajectories", "1", "-o", "data", in: folder
    )
    let run2 = try Program.run(
      "forecast", "out", "--variant", "lagged", "--trajectory", "data/train/trajectory-0.csv", "-o", "f.csv",
      in: folder)
    #expect(run2.status == 0 && run2.output.contains("36"), "\(run2.output) \(run2.errors)")
    // The first four rows are measured: all quantiles are the level of the file.
    let forecast = try folder.text("f.csv").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",")
    }
    for row in forecast.prefix(4) { #expect(Set(row[2...]).count == 1) }
    #expect(forecast.count == 40 && Set(forecast[20 + forecast.startIndex][2...]).count > 1)

    let short = try folder.text("data/train/trajectory-0.csv").split(separator: "\n").prefix(5)
    try folder.write(short.joined(separator: "\n") + "\n", to: "short.csv")
    let refused = try Program.run(
      "forecast", "out", "--variant", "lagged", "--trajectory", "short.csv", in: folder)
    #expect(refused.status == 65 && refused.errors.contains("short.csv"))
  }
}
