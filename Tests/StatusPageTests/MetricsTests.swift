import Foundation
import Testing

@testable import StatusPage

@Suite struct MetricsTests {
  private let lines = Metrics.text(
    snapshot(text: "a\"b\\c\nd"), version: "1.2", streams: 3, phase: .waitingForStorage
  ).split(separator: "\n").map(String.init)

  @Test func everySampleStandsBelowItsHelpAndType() throws {
    let sample = try Regex(#"([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? (-?[0-9.e+-]+)"#)
    var (name, kind, names): (String, String, Set<String>) = ("", "", [])
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      if words[1] == "HELP" {
        #expect(names.insert(words[2]).inserted, "\(words[2]) twice")
        #expect(words.count == 4)
        name = words[2]
      } else if words[1] == "TYPE" {
        #expect(words[2] == name)
        kind = words[3]
        #expect((kind == "counter") == name.hasSuffix("_total"), "\(name)")
      } else {
        let match = try #require(try sample.wholeMatch(in: line), "\(line)")
        let own = String(match.output[1].substring ?? "")
        let ends = kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        #expect(ends.contains { name + $0 == own }, "\(line) below \(name)")
      }
    }
    #expect(names.count >= 20)
  }

  @Test func values() {
    for line in [
      #"potline_build_info{version="1.2"} 1"#, "potline_uptime_seconds 1000", "potline_ready 0",
      #"potline_jobs{state="queued"} 4"#,
      #"potline_study_jobs{study="s1",name="a\"b\\c\nd",state="failed"} 1"#,
      #"potline_study_priority{study="s1",name="a\"b\\c\nd"} -3"#, #"potline_workers{state="working"} 2"#,
      #"potline_workers{state="idle"} 0"#,
      #"potline_attempts_ended_total{end="other",counts_as_failure="true"} 3"#,
      #"potline_attempts_ended_total{end="silent",counts_as_failure="false"} 0"#, "potline_status_streams 3",
      #"potline_journal_commit_duration_seconds_bucket{le="0.001"} 1"#,
      #"potline_journal_commit_duration_seconds_bucket{le="0.01"} 2"#,
      #"potline_journal_commit_duration_seconds_bucket{le="10.0"} 2"#,
      #"potline_journal_commit_duration_seconds_bucket{le="+Inf"} 3"#,
      "potline_journal_commit_duration_seconds_count 3",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
  }
}
