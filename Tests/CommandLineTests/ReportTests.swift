import Foundation
import FoundationXML
import Testing

/// A study of two sizes and two kinds of networks, trained once for all tests of this file.
private enum FinishedStudy {
  static let folder = Result { () throws -> TestFolder in
    let folder = try TestFolder()
    try folder.write(
      """
      name: small
      description: "Dense & sparse, <small>"
      members: 3
      dataset:
        simulated: {system: aluminium-cell, trajectories: 4, steps: 1500, testTrajectories: 3, seed: 5}
      defaults:
        hidden: [8, 6]
        epochs: 4
      variants:
        - {name: dense-2, trainingTrajectories: 2}
        - {name: dense-4, trainingTrajectories: 4}
        - {name: sparse-2, trainingTrajectories: 2, inputSkip: true, penalty: {method: proximal, weight: 1e-3}}
        - {name: sparse-4, trainingTrajectories: 4, inputSkip: true, penalty: {method: proximal, weight: 1e-3}}
        - {name: wild, learningRate: 1e20}
      """, to: "study.yaml")
    try Program.run("run", "study.yaml", "-o", "out", "--quiet", in: folder)
    return folder
  }

  /// A copy of the finished study's folder, named `out`, in a folder of the test's own.
  static func copy() throws -> TestFolder {
    let copy = try TestFolder()
    try FileManager.default.copyItem(atPath: folder.get() / "out", toPath: copy / "out")
    return copy
  }
}

/// The rows of a CSV file without quoted fields, by column.
private func rows(_ text: String) -> [[String: String]] {
  let lines = text.split(separator: "\n").map {
    $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
  return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
}

@Suite(.serialized) struct ReportTests {
  private static let figures =
    [
      "blow-ups", "calibration", "consensus", "curves", "errors", "frontier", "timeline", "training-size",
    ]
    + ["dense-2", "dense-4", "sparse-2", "sparse-4"].flatMap {
      ["features-\($0)", "forecast-\($0)", "network-\($0)"]
    }

  @Test func reportHasAllFiguresAndTables() throws {
    let folder = try FinishedStudy.copy()
    let result = try Program.run("report", "out", in: folder)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.contains("\(Self.figures.count)"))
    let starts: [(String, [UInt8])] = [
      ("svg", Array("<?xml".utf8)), ("pdf", Array("%PDF".utf8)), ("png", [0x89, 0x50, 0x4E, 0x47]),
    ]
    for figure in Self.figures {
      for (format, start) in starts {
        let data = try Data(
          contentsOf: URL(fileURLWithPath: folder / "out/report/figures/\(figure).\(format)"))
        #expect(data.starts(with: start) && data.count > 2000, "\(figure).\(format)")
      }
    }
    let page = try folder.text("out/report.html")
    for figure in Self.figures { #expect(page.contains("<figure id=\"figure-\(figure)\"><svg ")) }
    // The page holds drawings in a compact form.
    let drawings = try Self.figures.map { try folder.text("out/report/figures/\($0).svg").utf8.count }
    #expect(page.utf8.count < drawings.reduce(0, +) / 2)
    #expect(!page.contains("Not drawn"))
  }

  /// A reader that knows no HTML understands the page, and it asks for nothing from anywhere.
  @Test func pageIsWellFormedAndSelfContained() throws {
    let folder = try FinishedStudy.copy()
    try Program.run("report", "out", "--quiet", in: folder)
    let page = try folder.text("out/report.html")
    let parser = XMLParser(data: Data(page.utf8))
    let references = References()
    parser.delegate = references
    #expect(parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    #expect(references.duplicates.isEmpty, "\(references.duplicates)")
    #expect(references.elements.isDisjoint(with: ["script", "link", "iframe", "img", "object", "embed"]))
    #expect(references.links.count > 40)
    for link in references.links {
      #expect(
        link.hasPrefix("#")
          ? references.identifiers.contains(String(link.dropFirst())) : link.hasPrefix("report/"), "\(link)")
      if !link.hasPrefix("#") {
        #expect(FileManager.default.fileExists(atPath: folder / "out/\(link)"), "\(link)")
      }
    }
    #expect(!page.contains("url(http") && !page.contains("@import"))
    #expect(page.contains("Dense &amp; sparse, &lt;small&gt;"))
    #expect(page.contains("prefers-color-scheme:dark"))
  }

  @Test func sameFolderGivesTheSameBytes() throws {
    let folder = try FinishedStudy.copy()
    var reports: [[String: Data]] = []
    for _ in 0..<2 {
      try? FileManager.default.removeItem(atPath: folder / "out/report")
      try Program.run("report", "out", "--quiet", in: folder)
      var files: [String: Data] = [:]
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder / "out/report").map {
        "report/" + $0
      }
      for name in names + ["report.html"] {
        files[name] = FileManager.default.contents(atPath: folder / "out/\(name)")
      }
      reports.append(files)
    }
    #expect(reports[0].count > 90)
    for (name, data) in reports[0] { #expect(reports[1][name] == data, "\(name) differs") }
  }

  /// What the report says is what the run said.
  @Test func tablesAgreeWithTheStatistics() throws {
    let folder = try FinishedStudy.copy()
    try Program.run("report", "out", "--quiet", in: folder)
    let json =
      try JSONSerialization.jsonObject(with: Data(try folder.text("out/statistics.json").utf8))
      as? [String: Any]
    let variants = try #require(json?["variants"] as? [[String: Any]])
    let errors = rows(try folder.text("out/report/tables/errors.csv"))
    let blowUps = rows(try folder.text("out/report/tables/blow-ups.csv"))
    let sizes = rows(try folder.text("out/report/tables/complexity.csv"))
    let features = rows(try folder.text("out/report/tables/features.csv"))
    for variant in variants {
      let name = try #require(variant["variant"] as? String)
      let size = try #require(sizes.first { $0["variant"] == name })
      #expect(size["members"] == "\(try #require(variant["finished"] as? Int))")
      #expect(size["failed"] == (name == "wild" ? "3" : "0"))
      let weights = (variant["weightsLeft"] as? [String: Any])?["mean"] as? Double
      #expect(close(size["weights"], weights))
      let windows = try #require(variant["windows"] as? [[String: Any]])
      for window in windows {
        let steps = try #require(window["window"] as? [Int])
        func row(_ table: [[String: String]]) throws -> [String: String] {
          try #require(
            table.first { $0["variant"] == name && $0["from"] == "\(steps[0])" && $0["to"] == "\(steps[1])" })
        }
        let spread = window["meanAbsolute"] as? [String: Any]
        for quantile in ["q05", "q25", "q50", "q75", "q95"] {
          #expect(
            close(try row(errors)[quantile], spread?[quantile] as? Double), "\(name) \(steps) \(quantile)")
        }
        let counts = window["blowUps"] as? [String: Any]
        #expect(try row(blowUps)["blow_ups"] == "\(try #require(counts?["count"] as? Int))")
        #expect(try row(blowUps)["forecasts"] == "\(try #require(counts?["total"] as? Int))")
      }
      let frequencies = try #require(variant["featureFrequencies"] as? [[[String: Any]]])
      let own = features.filter { $0["variant"] == name }
      #expect(own.count == (name == "wild" ? 0 : 8 * 13))
      for (index, row) in own.enumerated() {
        #expect(row["reached"] == "\(try #require(frequencies[index / 13][index % 13]["count"] as? Int))")
      }
    }
  }

  /// Nothing is drawn that wasn't fitted to the study's own data.
  @Test func withoutModelsOfOtherProgramsThereAreNetworksAlone() throws {
    let folder = try FinishedStudy.copy()
    #expect(try Program.run("report", "out", "--quiet", in: folder).status == 0)
    let frontier = rows(try folder.text("out/report/tables/frontier.csv"))
    #expect(
      frontier.compactMap { $0["model"] }.sorted() == ["dense-2", "dense-4", "sparse-2", "sparse-4"])
    let script = try folder.text("out/report/figures/frontier.gp")
    #expect(!script.contains("peers") && !script.contains("other models"))
    let page = try folder.text("out/report.html")
    #expect(page.contains("scripts/compare-peers sindy DIR adds polynomials"))
    #expect(!page.contains("PySINDy, "))
  }

  /// What `scripts/compare-peers sindy` leaves behind stands among the networks, and decides who is on the frontier.
  @Test func modelsOfOtherProgramsAreDrawnAmongTheNetworks() throws {
    let folder = try FinishedStudy.copy()
    func report(_ peers: String) throws -> Program.Result {
      try folder.write(peers, to: "out/peers.json")
      return try Program.run("report", "out", "--quiet", in: folder)
    }
    let peers = """
      [{"name": "tiny", "setting": "", "terms": 1, "error": 1e-6, "blowUps": 0, "forecasts": 3, "source": "a test"},
       {"name": "lost", "setting": "far off", "terms": 2, "error": null, "blowUps": 3, "forecasts": 3, "source": "a test, too"}]
      """
    #expect(try report(peers).status == 0)
    let frontier = rows(try folder.text("out/report/tables/frontier.csv"))
    #expect(frontier.first?["model"] == "tiny" && frontier.first?["median_error"] == "1e-06")
    #expect(frontier[1]["model"] == "lost (far off)" && frontier[1]["median_error"] == "")
    #expect(frontier.filter { $0["on_frontier"] == "1" }.map { $0["model"] } == ["tiny"])
    #expect(frontier.count == 6)
    let page = try folder.text("out/report.html")
    #expect(page.contains("tiny: a test.") && !page.contains("scripts/compare-peers"))
    #expect(try folder.text("out/report/figures/frontier.gp").contains("tiny"))
    for damaged in ["[", #"[{"name": "tiny"}]"#, peers.replacing(#""terms": 1"#, with: #""terms": 0"#)] {
      let result = try report(damaged)
      #expect(result.status == 65 && result.errors.contains("out/peers.json: "), "\(result.errors)")
    }
  }

  private func close(_ text: String?, _ value: Double?) -> Bool {
    guard let value else { return text?.isEmpty == true }
    guard let number = text.flatMap(Double.init) else { return false }
    return abs(number - value) <= 1e-12 * max(1, abs(value))
  }

  @Test func withoutDrawingProgramsThereAreTablesAndAWordAboutIt() throws {
    let folder = try FinishedStudy.copy()
    let running = try RunningProgram(["report", "out"], in: folder, environment: ["PATH": "/nonexistent"])
    let result = try running.wait()
    #expect(result.status == 0, "\(result.errors)")
    let page = try folder.text("out/report.html")
    for package in ["gnuplot-nox", "graphviz"] {
      #expect(result.errors.contains(package) && page.contains(package))
    }
    #expect(!page.contains("<svg "))
    #expect(XMLParser(data: Data(page.utf8)).parse())
    #expect(FileManager.default.fileExists(atPath: folder / "out/report/tables/verdicts.csv"))
    #expect(FileManager.default.fileExists(atPath: folder / "out/report/figures/errors.gp"))
  }

  @Test func folderThatIsNoStudyIsRefused() throws {
    let folder = try FinishedStudy.copy()
    for (place, name) in [("nowhere", "nowhere"), (".", "study.yaml")] {
      let result = try Program.run("report", place, in: folder)
      #expect(result.status == 65 && result.errors.contains(name), "\(result.errors)")
    }
    try FileManager.default.removeItem(atPath: folder / "out/members/sparse-2-1.safetensors")
    let missing = try Program.run("report", "out", in: folder)
    #expect(
      missing.status == 65 && missing.errors.contains("sparse-2-1.safetensors"),
      "\(missing.errors)")
    try FileManager.default.removeItem(atPath: folder / "out/statistics.json")
    let unfinished = try Program.run("report", "out", in: folder)
    #expect(unfinished.status == 65 && unfinished.errors.contains("out"), "\(unfinished.errors)")
  }
}

/// Identifiers, links and elements of a page.
private final class References: NSObject, XMLParserDelegate {
  var identifiers: Set<String> = []
  var duplicates: [String] = []
  var links: [String] = []
  var elements: Set<String> = []

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.insert(elementName)
    if let id = attributes["id"], !identifiers.insert(id).inserted { duplicates.append(id) }
    for name in ["href", "src", "xlink:href"] { if let link = attributes[name] { links.append(link) } }
  }
}

/// The commands that look at members and forecast with them.
@Suite(.serialized) struct InspectAndForecastTests {
  @Test func inspectPrintsEquationsThatGiveTheNetworksOutput() throws {
    let folder = try FinishedStudy.copy()
    let text = try Program.run("inspect", "out/members/sparse-4-0.safetensors", "--units", in: folder)
    #expect(text.status == 0, "\(text.errors)")
    for words in ["Learned input features", "dx2/dt (kg/s):", "max(0, ", "over 2048 test samples"] {
      #expect(text.output.contains(words), "\(words)")
    }
    let json = try Program.run("inspect", "out/members/sparse-4-0.safetensors", "--json", in: folder)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let outputs = try #require(object["outputs"] as? [[String: Any]])
    #expect(outputs.count == 8)
    for output in outputs {
      let pieces = try #require(output["pieces"] as? [[String: Any]])
      let shares = pieces.compactMap { $0["share"] as? Double }
      #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
      #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 >= $1 })
      let inputs = try #require(output["inputs"] as? [String])
      for piece in pieces {
        #expect(Set(try #require(piece["coefficients"] as? [String: Double]).keys).isSubset(of: inputs))
      }
    }
    // Away from its study a member has no test samples, but the rest.
    try FileManager.default.copyItem(
      atPath: folder / "out/members/sparse-4-0.safetensors", toPath: folder / "m.st")
    let alone = try Program.run("inspect", "m.st", in: folder)
    #expect(alone.status == 0 && alone.output.contains("2048"), "\(alone.errors)")
    let dot = try Program.run("inspect", "out/members/sparse-4-0.safetensors", "--dot", in: folder)
    #expect(dot.output.hasPrefix("digraph network {") && dot.output.hasSuffix("}\n"))
    try folder.write("no member", to: "broken")
    let broken = try Program.run("inspect", "broken", in: folder)
    #expect(broken.status == 65 && broken.errors.contains("broken"), "\(broken.errors)")
  }

  @Test func forecastWritesBandsThatHoldTheirMedian() throws {
    let folder = try FinishedStudy.copy()
    try Program.run(
      "simulate", "-o", "data", "--trajectories", "1", "--steps", "300", "--seed", "8", "--quiet", in: folder)
    let result = try Program.run(
      "forecast", "out", "--trajectory", "data/train/trajectory-0.csv", "--variant", "sparse-4", in: folder)
    #expect(result.status == 0 && result.output.contains("AN-RFMAE"), "\(result.errors)")
    let table = rows(try folder.text("trajectory-0-forecast.csv"))
    let truth = rows(try folder.text("data/train/trajectory-0.csv"))
    #expect(table.count == 300 && table[299]["t"] == "2990")
    for state in 1...8 {
      #expect(table[0]["x\(state)_q05"].flatMap(Double.init) == truth[0]["x\(state)"].flatMap(Double.init))
      for row in table where row["members"] != "0" {
        let quantiles = try ["q05", "q25", "q50", "q75", "q95"].map {
          try #require(row["x\(state)_\($0)"].flatMap(Double.init))
        }
        #expect(quantiles == quantiles.sorted())
      }
    }
    for format in ["svg", "pdf", "png"] {
      #expect(FileManager.default.fileExists(atPath: folder / "trajectory-0-forecast.\(format)"))
    }
    let alone = try Program.run(
      "forecast", "out", "--trajectory", "data/train/trajectory-0.csv", "--first-state-only", "-o", "f.csv",
      in: folder)
    #expect(alone.status == 0 && !alone.output.contains("AN-RFMAE"), "\(alone.errors)")
    let unknown = try Program.run(
      "forecast", "out", "--trajectory", "data/train/trajectory-0.csv", "--variant", "none", in: folder)
    #expect(unknown.status == 65 && unknown.errors.contains("dense-2, dense-4"), "\(unknown.errors)")
    let wild = try Program.run(
      "forecast", "out", "--trajectory", "data/train/trajectory-0.csv", "--variant", "wild", in: folder)
    #expect(wild.status == 65 && wild.errors.contains("wild"), "\(wild.errors)")
  }
}
