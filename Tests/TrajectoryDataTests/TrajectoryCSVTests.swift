import DynamicalSystems
import Foundation
import Testing
import TrajectoryData

@Suite final class TrajectoryCSVTests {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  let states = AluminiumCell().states.map(\.name)
  let inputs = AluminiumCell().inputs.map(\.name)

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func isSame(_ one: Trajectory, _ other: Trajectory) -> Bool {
    one.states.map(\.bitPattern) == other.states.map(\.bitPattern)
      && one.inputs.map(\.bitPattern) == other.inputs.map(\.bitPattern)
      && one.stateNames == other.stateNames && one.inputNames == other.inputNames
      && one.samplingTime == other.samplingTime
  }

  @Test func roundTripToTheBit() throws {
    let set = try Simulation(seed: 11, rowCount: 400).trajectories(training: 3, test: 0)
    try TrajectoryCSV.write(set.training[1], to: path("one.csv"))
    let one = try TrajectoryCSV.read(path("one.csv"), states: states, inputs: inputs, samplingTime: 10)
    #expect(isSame(one, set.training[1]) && one.source == path("one.csv"))

    try TrajectoryCSV.write(set.training, to: path("all.csv"), trajectoryColumn: "run")
    let all = try TrajectoryCSV.read(
      path("all.csv"), trajectoryColumn: "run", states: states, inputs: inputs, samplingTime: 10)
    #expect(all.count == 3 && zip(all, set.training).allSatisfy(isSame))
    #expect(all[1].source == path("all.csv") + ", trajectory 1 (from line 402)")
  }

  @Test func writtenText() throws {
    let trajectory = try Trajectory(
      samplingTime: 0.5, stateNames: ["x", "a, \"b\""], inputNames: ["u"],
      states: [1, -0.0, 1e-7, 0.1, 1e22, .leastNonzeroMagnitude], inputs: [3, 140_000, 0.30000000000000004])
    try TrajectoryCSV.write(trajectory, to: path("one.csv"))
    #expect(
      try String(contentsOfFile: path("one.csv"), encoding: .utf8) == """
        t,x,"a, ""b""\",u
        0.0,1.0,-0.0,3.0
        0.5,1e-07,0.1,140000.0
        1.0,1e+22,5e-324,0.30000000000000004

        """)
    let again = try TrajectoryCSV.read(
      path("one.csv"), states: ["x", "a, \"b\""], inputs: ["u"], samplingTime: 0.5)
    #expect(isSame(again, trajectory))
    try TrajectoryCSV.write([trajectory, trajectory], to: path("two.csv"))
    let lines = try String(contentsOfFile: path("two.csv"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 7 && lines[0].hasPrefix("trajectory,t,x,") && lines[6].hasPrefix("1,1.0,1e+22,"))
  }

  private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  @Test func errorsNameTheFile() throws {
    func text(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)".replacing(folder.path + "/", with: "") }
      return "no error"
    }
    try "id,x,u\na,1,2\na,2,2\nb,1,2\n".write(toFile: path("short.csv"), atomically: true, encoding: .utf8)
    #expect(
      text {
        _ = try TrajectoryCSV.read(
          path("short.csv"), trajectoryColumn: "id", states: ["x"], inputs: ["u"], samplingTime: 1)
      }
        == "short.csv, trajectory b (from line 4): 1 row; a trajectory needs at least 2: check that the file is whole"
    )
    let absent = text {
      _ = try TrajectoryCSV.read(path("absent.csv"), states: ["x"], inputs: ["u"], samplingTime: 1)
    }
    #expect(absent == "absent.csv: cannot be read: \(reason(ENOENT))")
    let trajectory = try Simulation(seed: 1, rowCount: 2).trajectory(0, of: .training)
    let unwritable = text { try TrajectoryCSV.write(trajectory, to: path("absent/one.csv")) }
    #expect(unwritable.hasPrefix("absent/one.csv: ") && unwritable.contains(reason(ENOENT)))
    let directory = text {
      _ = try TrajectoryCSV.read(folder.path, states: ["x"], inputs: ["u"], samplingTime: 1)
    }
    #expect(directory == "\(folder.path): cannot be read: \(reason(EISDIR))")
  }

  @Test func binaryFilesAreRefusedByTheirKind() throws {
    let file = path("run.csv.gz")
    try Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0]).write(to: URL(fileURLWithPath: file))
    let error = #expect(throws: TableError.self) {
      try TrajectoryCSV.read(file, states: ["x"], inputs: ["u"], samplingTime: 1)
    }
    #expect(error?.problem == .notText(.gzip) && error?.file == file && error?.category == .badInput)
  }
}
