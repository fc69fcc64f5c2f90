import Foundation
import Testing

/// Keys of a study file that make several variants, choose between them, or shorten a study.
@Suite(.serialized) struct StudyOptionsTests {
  private let pathStudy = """
    name: paths
    members: 2
    dataset:
      files:
        train: [train]
        test: [test]
        states: [level, speed]
        inputs: [valve, spare]
        samplingTime: 1
        validationTrajectories: 2
    defaults: {hidden: [6], batchSize: 32}
    variants:
      - name: path
        trainingTrajectories: [1, 3]
        penalty: {method: proximal, weight: [1e-4, 5], selection: min-error}
        steps: 4000
        learningRate: 1e-2
      - {name: plain, epochs: 12}

    """

  private func writeData(_ folder: TestFolder) throws {
    for (name, count) in [("train", 5), ("test", 1)] {
      try FileManager.default.createDirectory(atPath: folder / name, withIntermediateDirectories: false)
      for number in 0..<count {
        var (level, speed) = (Double(number), 1.0)
        var text = "level,speed,valve,spare\n"
        for row in 0..<120 {
          let valve = Double((row / 9 + number) % 3)
          text += "\(level),\(speed),\(valve),7\n"
          (level, speed) = (level + 0.1 * speed, speed + 0.1 * (valve - level - 0.3 * speed))
        }
        try folder.write(text, to: "\(name)/\(number).csv")
      }
    }
  }

  @Test func aPathIsExpandedAndOneWeightIsChosen() throws {
    let folder = try TestFolder()
    try folder.write(pathStudy, to: "study.yaml")
    try writeData(folder)
    let result = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("'plain'") && result.errors.contains("spare"))
    #expect(result.output.contains("'path-n3'"))
    let members = try FileManager.default.contentsOfDirectory(atPath: folder / "out/members").sorted()
    #expect(
      members.map { $0.replacingOccurrences(of: ".safetensors", with: "") } == [
        "path-n1-l1e-4-0", "path-n1-l1e-4-1", "path-n1-l5e0-0", "path-n1-l5e0-1", "path-n3-l1e-4-0",
        "path-n3-l1e-4-1", "path-n3-l5e0-0", "path-n3-l5e0-1", "plain-0", "plain-1",
      ])
    let statistics =
      try JSONSerialization.jsonObject(with: Data(folder.text("out/statistics.json").utf8)) as? [String: Any]
    let paths = try #require(statistics?["penaltyPaths"] as? [[String: Any]])
    #expect(paths.map { $0["path"] as? String } == ["path-n1", "path-n3"])
    // A penalty of 5 leaves nothing of these networks.
    #expect(paths.map { $0["chosen"] as? String } == ["path-n1-l1e-4", "path-n3-l1e-4"])
    #expect(paths.allSatisfy { ($0["reason"] as? String)?.contains("of l1 weight 0.0001") == true })
    let resolved = try folder.text("out/study.yaml")
    #expect(resolved.contains("weight: [0.0001, 5.0]") && resolved.contains("trainingTrajectories: [1, 3]"))
  }

  @Test func moreHeldOutThanThereIsIsRefused() throws {
    let folder = try TestFolder()
    try folder.write(
      pathStudy.replacingOccurrences(of: "validationTrajectories: 2", with: "validationTrajectories: 5"),
      to: "study.yaml")
    try writeData(folder)
    let result = try Program.run("run", "study.yaml", "-o", "out", in: folder)
    #expect(result.status == 65)
    #expect(result.errors.contains("dataset.files.validationTrajectories"))
  }

  @Test func aScaleShrinksTheStudyAndSaysSo() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: 50, members: 9), to: "study.yaml")
    let result = try Program.run("run", "study.yaml", "-o", "out", "--scale", "0.1", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("0.1") && result.output.contains("0.1"))
    let resolved = try folder.text("out/study.yaml")
    #expect(resolved.contains("members: 2\n") && resolved.contains("    epochs: 5\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder / "out/members").count == 4)
    // The whole study has other jobs.
    #expect(try Program.run("run", "study.yaml", "-o", "out", in: folder).status == 73)
  }
}
