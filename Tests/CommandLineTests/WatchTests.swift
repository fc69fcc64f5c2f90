import Foundation
import Testing

/// `potline status --watch` as people and programs see it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct WatchTests {
  private let folder: TestFolder
  private let service: QueueService

  init() throws {
    folder = try TestFolder()
    service = try QueueService(in: folder)
    try folder.write(smallStudy(), to: "study.yaml")
    try service.run("submit", "study.yaml")
  }

  private func watch(_ options: String...) throws -> RunningProgram {
    try Program.start(["status", "--watch", "--connection", service.connection] + options, in: folder)
  }

  private func lines(_ watch: RunningProgram) -> [[String: Any]] {
    watch.output.split(separator: "\n").compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
  }

  @Test func blocksFollowEachOtherUntilCtrlC() throws {
    let watch = try watch()
    try waitUntil("there are two blocks") {
      watch.output.components(separatedBy: "id  name").count > 2
    }
    watch.signal(SIGINT)
    #expect(try watch.wait(limit: 10).status == 0)
    #expect(watch.output.contains("s1  small") && watch.output.contains("0/6"))
    #expect(!watch.output.contains("\u{1B}"), "nobody reads that in a file")
  }

  @Test func linesOfJSONAlsoWhileTheCoordinatorIsAway() throws {
    let watch = try watch("--json")
    try waitUntil("it answers") { lines(watch).contains { $0["isAnswered"] as? Bool == true } }
    service.coordinator.signal(SIGKILL)
    try waitUntil("that is said") {
      lines(watch).contains { $0["isAnswered"] as? Bool == false && ($0["ageSeconds"] as? Double ?? 0) > 2 }
    }
    let away = try #require(lines(watch).last { $0["isAnswered"] as? Bool == false })
    #expect((away["problem"] as? String)?.contains("no answer from") == true)
    #expect((away["studies"] as? [Any])?.count == 1, "the last picture stays")
    try service.startAgain()
    let before = lines(watch).count
    try waitUntil("it answers again") {
      lines(watch).dropFirst(before).contains { $0["isAnswered"] as? Bool == true }
    }
    watch.signal(SIGTERM)
    #expect(try watch.wait(limit: 10).status == 0)
  }

  @Test func lastEndsAndOneStudy() throws {
    let workers = try service.workers("--processes", "1")
    try service.run("wait", "s1", "--quiet")
    let watch = try watch("s1", "--json")
    try waitUntil("it answers") { !lines(watch).isEmpty }
    let line = try #require(lines(watch).first)
    let ends = try #require(line["ends"] as? [[String: Any]])
    #expect(ends.count == 6)
    #expect(ends.allSatisfy { ($0["attempt"] as? [String: Any])?["end"] as? String == "finished" })
    watch.signal(SIGINT)
    #expect(try watch.wait(limit: 10).status == 0)
    let unknown = try self.watch("s9")
    #expect(try unknown.wait(limit: 20).status == 66)
    workers.signal(SIGTERM)
    #expect(try workers.wait(limit: 20).status == 0)
  }

  @Test func onATerminalItIsDrawnInPlace() throws {
    let terminal = try PseudoTerminal(columns: 60, rows: 20)
    let process = try terminal.start(
      ["status", "--watch", "--connection", service.connection], in: folder, errors: .nullDevice)
    try waitUntil("it is drawn three times") {
      terminal.text().components(separatedBy: "s1  small").count > 3
    }
    process.interrupt()
    try waitUntil("it ends") { !process.isRunning }
    #expect(process.terminationStatus == 0)
    let all = terminal.text()
    #expect(all.contains("A\r"), "the cursor goes up to draw over what was there")
    let pictures = all.components(separatedBy: "\u{1B}[J")
    #expect(pictures.allSatisfy { $0.split(separator: "\r\n").count <= 20 })
    for line in all.components(separatedBy: "\r\n") {
      let visible = line.replacing(try Regex("\u{1B}\\[[0-9]*[A-Z]"), with: "").filter { $0 != "\r" }
      #expect(visible.count <= 60, "\(visible)")
    }
    #expect(!all.contains("\u{1B}[?"), "nothing has to be put back")
  }
}
