import Testing

/// Which kernels are in use, for people who compare machines.
@Suite struct VersionTests {
  private func details(kernels: String) throws -> Program.Result {
    let folder = try TestFolder()
    let running = try Program.start(
      ["--version", "--verbose"], environment: ["POTLINE_KERNELS": kernels], in: folder)
    return try running.wait()
  }

  /// The kernels of the line `kernels NAME (…); … NAME, NAME`.
  private func kernels(_ result: Program.Result) throws -> (used: Substring, all: [Substring]) {
    let line = try #require(result.output.split(separator: "\n").first { $0.hasPrefix("kernels ") })
    let list = try #require(line.split(separator: ";").last).split(separator: ",")
    let all = try list.map { try #require($0.split(separator: " ").last) }
    return (line.split(separator: " ")[1], all)
  }

  @Test func namesTheKernelsInUse() throws {
    let forced = try details(kernels: "scalar")
    #expect(forced.status == 0)
    #expect(try kernels(forced).used == "scalar")
    // The fastest stands first in the list, the reference last.
    let (used, all) = try kernels(details(kernels: ""))
    #expect(used == all.first && all.last == "scalar")
  }

  @Test func refusesKernelsThatThereAreNot() throws {
    let result = try details(kernels: "abacus")
    #expect(result.status == 65)
    #expect(result.errors.contains("POTLINE_KERNELS=abacus"))
  }
}
