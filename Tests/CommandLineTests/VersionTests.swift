import Testing

/// Which kernels are in use, for people who compare machines.
@Suite struct VersionTests {
  private func details(kernels: String) throws -> Program.Result {
    let folder = try TestFolder()
    let running = try Program.start(
      ["--version", "--verbose"], environment: ["POTLINE_KERNELS": kernels], in: folder)
    return try running.wait()
  }

  @Test func namesTheKernelsInUse() throws {
    let forced = try details(kernels: "scalar")
    #expect(forced.status == 0)
    #expect(forced.output.contains("\nkernels scalar (scalar fmaf reference); this machine can run "))
    let fastest = try details(kernels: "").output
    #expect(fastest.hasPrefix("potline 0.2.0\nkernels "))
    // The fastest stands first in the list.
    let words = fastest.split(separator: "\n")[1].split(separator: " ")
    #expect(fastest.contains("can run \(words[1]),"))
  }

  @Test func refusesKernelsThatThereAreNot() throws {
    let result = try details(kernels: "abacus")
    #expect(result.status == 65)
    #expect(result.errors.hasPrefix("potline: POTLINE_KERNELS=abacus: this processor can run "))
  }
}
