import Foundation
import Testing

/// A study on each system other than the cell, from training to forecast, through the real program.
@Suite struct SimulatedSystemTests {
  @Test(arguments: [
    ("cascaded-tanks", ["level of the upper tank (V)", "pump voltage (V)"], "V/s"),
    ("predator-prey", ["predators", "harvesting effort (1/s)"], "1/s"),
  ])
  func studyRunsFromTrainingToForecast(system: String, titles: [String], rateUnit: String) throws {
    let folder = try TestFolder()
    try folder.write(
      """
      name: other
      members: 2
      dataset:
        simulated: {system: \(system), trajectories: 3, steps: 300, testTrajectories: 2, seed: 5}
      defaults: {epochs: 5}
      variants:
        - {name: dense, hidden: [8]}
        - {name: sparse, hidden: [8, 6], inputSkip: true, penalty: {method: proximal, weight: 1e-3}}
      """, to: "study.yaml")
    let run = try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try folder.text("out/study.yaml").contains("system: \(system)"))

    let report = try Program.run("report", "out", "--quiet", in: folder)
    #expect(report.status == 0, "\(report.errors)")
    let page = try folder.text("out/report.html")
    #expect(!page.contains("Not drawn") && page.contains("argument of the true equation"))
    #expect(!page.contains("published") && !page.contains("alumin"))
    for title in titles { #expect(page.contains(title)) }

    let inspection = try Program.run("inspect", "out/members/sparse-0.safetensors", in: folder)
    #expect(inspection.status == 0 && inspection.output.contains("(\(rateUnit))"), "\(inspection.errors)")

    try Program.run(
      "simulate", "--system", system, "-o", "data", "--trajectories", "3", "--test-trajectories", "2",
      "--steps",
      "300", "--seed", "5", "--quiet", in: folder)
    let forecast = try Program.run(
      "forecast", "out", "--trajectory", "data/test/trajectory-1.csv", in: folder)
    #expect(forecast.status == 0 && forecast.output.contains("AN-RFMAE"), "\(forecast.errors)")
    // The dataset of a study is what simulate writes.
    let blobs = try FileManager.default.contentsOfDirectory(atPath: folder / "out/datasets")
    let dataset = try Data(contentsOf: URL(fileURLWithPath: folder / "data/dataset.safetensors"))
    #expect(
      try blobs.contains {
        try Data(contentsOf: URL(fileURLWithPath: folder / "out/datasets/\($0)")) == dataset
      })
  }

  @Test func theCellIsTheDefault() throws {
    let folder = try TestFolder()
    try folder.write(
      "name: a\ndataset: {simulated: {}}\nvariants: [{name: b, hidden: [4]}]\n", to: "study.yaml")
    let resolved = try Program.run("study", "show", "study.yaml", "--resolved", in: folder)
    #expect(resolved.status == 0 && resolved.output.contains("system: aluminium-cell"), "\(resolved.errors)")
  }

  @Test func systemsAreListedAsJSON() throws {
    struct System: Decodable {
      struct Signal: Decodable {
        let name: String
        let unit: String
      }
      let name: String
      let source: String
      let states: [Signal]
      let isDefault: Bool
    }
    let folder = try TestFolder()
    let output = try Program.run("study", "systems", "--json", in: folder).output
    let systems = try JSONDecoder().decode([System].self, from: Data(output.utf8))
    #expect(systems.map(\.name) == ["aluminium-cell", "cascaded-tanks", "delayed-tank", "predator-prey"])
    #expect(systems.map(\.isDefault) == [true, false, false, false])
    #expect(systems[0].states.map(\.unit) == ["kg", "kg", "kg", "kg", "kg", "degC", "degC", "degC"])
    #expect(systems.allSatisfy { !$0.source.isEmpty })
  }
}
