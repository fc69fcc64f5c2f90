import Foundation
import Testing

/// The examples of the documentation: programs that run jobs from files.
@Suite(.serialized) struct JobSchedulerTests {
  /// Runs `line` over the jobs of a study and compares what it left with a run.
  private func run(_ line: String, makefile: String? = nil) throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(), to: "study.yaml")
    if let makefile { try folder.write(makefile, to: "Makefile") }
    try Program.run("run", "study.yaml", "-o", "calm", in: folder)
    try Program.run("job", "list", "study.yaml", "-o", "jobs", in: folder)
    var finished: [String: Date] = [:]
    for attempt in 1...2 {
      let result = try Shell.run(line, in: folder)
      #expect(result.status == 0, "\(result.output)")
      // The second time everything is done already.
      let times = try modificationTimes(folder / "jobs/results")
      #expect((times == finished) == (attempt == 2), "\(result.output)")
      finished = times
    }
    try Program.run("collect", "jobs", "-o", "results", in: folder)
    #expect(try folder.results("results") == folder.results("calm"))
  }

  /// When each file of a folder was written, by name.
  private func modificationTimes(_ folder: String) throws -> [String: Date] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return try Dictionary(
      uniqueKeysWithValues: names.map { name in
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
        return (name, try #require(attributes[.modificationDate] as? Date))
      })
  }

  @Test func xargs() throws {
    try run(
      """
      seq 0 $(($(wc -l < jobs/jobs.jsonl) - 1)) |
        xargs -P 2 -I N potline job run --jobs jobs/jobs.jsonl --index N -o jobs
      """)
  }

  @Test(.enabled(if: Shell.has("parallel"), "GNU parallel isn't installed"))
  func parallel() throws {
    try run("parallel --will-cite -j 2 --retries 3 --pipe -N 1 potline job run -o jobs < jobs/jobs.jsonl")
  }

  @Test(.enabled(if: Shell.has("make"), "make isn't installed"))
  func make() throws {
    try run(
      "make -k -j 2",
      makefile: """
        jobs := $(shell seq 0 $$(($$(wc -l < jobs/jobs.jsonl) - 1)))
        results: $(jobs:%=job-%)
        \tpotline collect jobs -o results
        $(jobs:%=job-%): job-%:
        \tpotline job run --jobs jobs/jobs.jsonl --index $* -o jobs

        """)
  }
}
