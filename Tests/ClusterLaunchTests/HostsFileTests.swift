import Testing

@testable import ClusterLaunch

@Suite struct HostsFileTests {
  private func refusal(_ text: String) -> String? {
    do throws(HostsFileError) {
      _ = try HostsFile.parse(text, file: "hosts")
      return nil
    } catch {
      return error.description
    }
  }

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

  @Test(arguments: [
    ("", "hosts: names no host"),
    ("# none\n", "hosts: names no host"),
    ("a\nb processes=0\n", "hosts, line 2: “0” is no number of processes: write 1 to 1024"),
    ("a processes=two", "hosts, line 1: “two” is no number of processes: write 1 to 1024"),
    ("a processes=1 processes=2", "hosts, line 1: processes= stands twice"),
    ("a binary=", "hosts, line 1: binary= needs a path on the host"),
    (
      "a\n\na cores=2",
      "hosts, line 3: “cores=2” is unknown: after the host's name may stand processes=N and binary=PATH"
    ),
    ("a b", "hosts, line 1: “b” is unknown: after the host's name may stand processes=N and binary=PATH"),
    ("-oProxyCommand=x", "hosts, line 1: “-oProxyCommand=x” is no host: write NAME or USER@NAME, as for ssh"),
    ("a\nb\na processes=2", "hosts, line 3: a stands in line 1 already: use processes=N for more"),
  ])
  func whatIsNoHostIsRefusedWithItsLine(text: String, message: String) {
    #expect(refusal(text) == message)
  }

  @Test func aFileThatCannotBeReadIsNamed() {
    #expect(throws: HostsFileError.self) { try HostsFile.read("/nowhere/hosts") }
    #expect(throws: HostsFileError.self) { try HostsFile.read("/tmp") }
  }
}
