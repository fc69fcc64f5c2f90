import Foundation
import Testing

/// From data files to a trained study by `potline data`, `potline new` and `potline run`.
@Suite struct DataCommandTests {
  /// A smooth state that follows its input.
  private static func rows(_ count: Int) -> [(x: Double, u: Double)] {
    var x = 0.0
    return (0..<count).map { row in
      let u = (Double(row) / 9).rounded(.down).truncatingRemainder(dividingBy: 2) + 0.1 * Double(row % 5)
      defer { x += 0.1 * (u - x) }
      return (x, u)
    }
  }

  /// Text of a dialect, of that many rows.
  private static let files: [(name: String, text: String, arguments: [String])] = {
    let rows = DataCommandTests.rows(300)
    func comma(_ value: Double) -> String { "\(value)".replacing(".", with: ",") }
    func clock(_ second: Int) -> String {
      String(format: "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60)
    }
    return [
      (
        "plain", "t,x,u\n" + rows.enumerated().map { "\($0 * 10),\($1.x),\($1.u)\n" }.joined(),
        ["--outputs", "x", "--inputs", "u"]
      ),
      (
        "german",
        "Zeit;\"Druck, bar\";u\r\n"
          + rows.enumerated().map { "2020-01-01 \(clock($0));\(comma($1.x));\(comma($1.u))\r\n" }.joined(),
        ["--outputs", "\"Druck, bar\""]
      ),
      (
        "blanks", rows.map { "  \($0.x)   \($0.u)\n" }.joined(),
        ["--outputs", "1", "--inputs", "2", "--sampling-time", "0.5"]
      ),
      (
        "gaps",
        "time;x;u\n"
          + rows.enumerated().filter { $0.offset % 90 != 89 }.map {
            "2020-01-01 \(clock($0));\($1.x);\($1.u)\n"
          }.joined(),
        ["--outputs", "x"]
      ),
      (
        "turns", "id,x,u\n" + rows.flatMap { ["a,\($0.x),\($0.u)\n", "b,\($0.x * 2),\($0.u)\n"] }.joined(),
        ["--outputs", "x", "--sampling-time", "1"]
      ),
      (
        "sentinels", "x,u\n" + rows.enumerated().map { "\($0 % 40 == 39 ? -200 : $1.x),\($1.u)\n" }.joined(),
        ["--outputs", "x", "--sampling-time", "1", "--missing", "-200"]
      ),
    ]
  }()

  @Test(arguments: files.map(\.name))
  func fileBecomesATrainedStudy(name: String) throws {
    let file = try #require(Self.files.first { $0.name == name })
    let folder = try TestFolder()
    try folder.write(file.text, to: "data.csv")
    let survey = try Program.run("data", "data.csv", "--json", in: folder)
    #expect(survey.status == 0, "\(survey.errors)")
    let objects = try #require(
      try JSONSerialization.jsonObject(with: Data(survey.output.utf8)) as? [[String: Any]])
    #expect(
      objects.count == 1
        && objects[0]["rows"] as? Int == file.text.split(whereSeparator: \.isNewline).count
          - (name == "blanks" ? 0 : 1)
    )
    let new = try Program.start(
      ["new", "data.csv", "-o", "study.yaml", "--minutes", "0.001", "--members", "2"] + file.arguments,
      in: folder
    ).wait()
    #expect(new.status == 0, "\(new.errors)")
    let command = new.output.split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
    let run = try Program.start(command + ["-o", "out", "--quiet"], in: folder).wait(limit: 120)
    #expect(run.status == 0, "\(run.errors)")
    let resolved = try folder.text("out/study.yaml")
    #expect(resolved.contains("separator:") && resolved.contains("missing:") == (name == "sentinels"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder / "out/members").count == 6)
  }

  @Test func suspiciousValuesAreNoted() throws {
    let folder = try TestFolder()
    let file = try #require(Self.files.first { $0.name == "sentinels" })
    try folder.write(file.text, to: "data.csv")
    let result = try Program.run("data", "data.csv", in: folder)
    #expect(result.status == 0 && result.output.contains("-200"), "\(result.errors)")
    let told = try Program.run("data", "data.csv", "--missing", "-200", in: folder)
    #expect(!told.output.contains("-200"), "\(told.output)")
  }

  @Test func unitsReachMembersEquationsAndReport() throws {
    let folder = try TestFolder()
    let lines = Self.rows(300).map { "\($0.x),\($0.u)\n" }.joined()
    try folder.write("x,u\nmbar,rpm\n" + lines, to: "data.csv")
    try Program.run(
      "new", "data.csv", "--outputs", "x", "--sampling-time", "1", "--minutes", "0.001", "--members", "2",
      "-o", "study.yaml", in: folder)
    let run = try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let member = try FileManager.default.contentsOfDirectory(atPath: folder / "out/members").sorted()[0]
    // Also away from its study.
    try FileManager.default.copyItem(
      atPath: folder / "out/members/\(member)", toPath: folder / "a.safetensors")
    let inspection = try Program.run("inspect", "a.safetensors", in: folder)
    #expect(inspection.status == 0 && inspection.output.contains("(mbar/s)"), "\(inspection.errors)")
    let report = try Program.run("report", "out", "--quiet", in: folder)
    #expect(report.status == 0, "\(report.errors)")
    #expect(try folder.text("out/report.html").contains("(mbar)"))
  }

  @Test func aPageShowsTheSignals() throws {
    let folder = try TestFolder()
    try folder.write(Self.files[1].text, to: "data.csv")
    let result = try Program.run("data", "data.csv", "-o", "page", in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let page = try folder.text("page/data.html")
    #expect(page.contains("Druck, bar") && page.contains("<svg"))
  }

  @Test func whatOnlyTheUserKnowsIsAskedFor() throws {
    let folder = try TestFolder()
    try folder.write(Self.files[2].text, to: "data.txt")
    for arguments in [[], ["--outputs", "1"], ["--outputs", "3", "--sampling-time", "1"]] {
      let result = try Program.start(["new", "data.txt", "-o", "s.yaml"] + arguments, in: folder).wait()
      #expect(result.status == 64, "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder / "s.yaml"))
    }
  }

  @Test func anExistingStudyIsNotReplaced() throws {
    let folder = try TestFolder()
    try folder.write(Self.files[0].text, to: "data.csv")
    try folder.write("mine", to: "s.yaml")
    let refused = try Program.run("new", "data.csv", "--outputs", "x", "-o", "s.yaml", in: folder)
    #expect(refused.status == 73)
    #expect(try folder.text("s.yaml") == "mine")
    let forced = try Program.run(
      "new", "data.csv", "--outputs", "x", "-o", "s.yaml", "--force", in: folder)
    #expect(forced.status == 0, "\(forced.errors)")
  }

  /// Their squares overflow or vanish.
  @Test func veryLargeAndVerySmallValues() throws {
    let folder = try TestFolder()
    let rows = (0..<40).map { "\($0),\($0 % 7)e200,\($0 % 5)e-200\n" }.joined()
    try folder.write("t,x,y\n" + rows, to: "a.csv")
    for arguments in [[], ["--json"], ["--outputs", "x"]] {
      let result = try Program.start(["data", "a.csv"] + arguments, in: folder).wait()
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test func escapeSequencesOfAHeaderStayOutOfTheTerminal() throws {
    let folder = try TestFolder()
    try folder.write(
      "t,\u{1B}]0;owned\u{7}\u{1B}[31mred,u\n" + (0..<30).map { "\($0),\($0 % 7),1\n" }.joined(), to: "a.csv")
    let result = try Program.run("data", "a.csv", in: folder)
    #expect(result.status == 0 && !result.output.contains("\u{1B}") && !result.output.contains("\u{7}"))
  }
}
