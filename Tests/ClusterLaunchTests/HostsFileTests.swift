import Testing

@testable import ClusterLaunch

@Suite struct HostsFileTests {
  @Test func hostsComeInTheirOrderWithWhatHoldsForThem() throws {
    let hosts = try HostsFile.parse(
      "# the hall\nhall-1\r\n\n  me@hall-2\tprocesses=8 binary=~/bin/p=q # old\nssh://hall-3:2222#x\n",
      file: "hosts")
    #expect(
      hosts == [
        try LaunchHost(name: "hall-1"),
        try LaunchHost(name: "me@hall-2", processes: 8, binary: "~/bin/p=q"),
        try LaunchHost(name: "ssh://hall-3:2222"),
      ])
  }

  @Test(
    arguments: [
      ("", nil, .noHosts),
      ("# none\n", nil, .noHosts),
      ("a\nb processes=0\n", 2, .host(.badProcesses("0"))),
      ("a processes=two", 1, .host(.badProcesses("two"))),
      ("a processes=1 processes=2", 1, .host(.repeated("processes"))),
      ("a binary=", 1, .host(.noPath)),
      ("a\n\na cores=2", 3, .host(.badWord("cores=2"))),
      ("a b", 1, .host(.badWord("b"))),
      ("-oProxyCommand=x", 1, .host(.badName("-oProxyCommand=x"))),
      ("a\nb\na processes=2", 3, .repeatedHost("a", earlierLine: 1)),
    ] as [(String, Int?, HostsFileError.Problem)])
  func malformedFilesAreRefusedWithTheirLine(text: String, line: Int?, problem: HostsFileError.Problem) {
    #expect(throws: HostsFileError(file: "hosts", line: line, problem: problem)) {
      try HostsFile.parse(text, file: "hosts")
    }
  }

  @Test func aFileThatCannotBeReadIsNamed() {
    #expect(throws: HostsFileError.self) { try HostsFile.read("/nowhere/hosts") }
    #expect(throws: HostsFileError.self) { try HostsFile.read("/tmp") }
  }
}
