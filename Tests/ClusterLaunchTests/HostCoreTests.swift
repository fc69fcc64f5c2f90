import QueueCore
import QueueProtocol
import Testing

@testable import ClusterLaunch

@Suite struct HostCoreTests {
  private let start = SuspendingClock.now

  private func core(retries: Int = 2) -> HostCore { HostCore(programBytes: 10, retries: retries, now: start) }

  private func lost(_ status: ProcessStatus = .exited(255), hasStarted: Bool = false, _ lines: String...)
    -> HostCore.Event
  {
    .sessionEnded(SessionEnd(status: status, lines: lines, hasStarted: hasStarted))
  }

  /// Connects and starts workers.
  private func run(_ core: inout HostCore, at now: SuspendingClock.Instant) {
    #expect(core.handle(.tick, at: now) == [.connect])
    #expect(core.handle(.report(.start), at: now) == [.sendConnection])
    #expect(core.handle(.report(.running(2)), at: now) == [])
  }

  @Test func aHostGoesFromConnectingToItsEnd() {
    var core = core()
    #expect(core.handle(.tick, at: start) == [.connect])
    #expect(core.handle(.tick, at: start) == [])
    #expect(core.handle(.report(.running(1)), at: start) == [])
    #expect(core.state == .connecting)
    #expect(core.handle(.report(.copy), at: start) == [.sendProgram])
    #expect(core.state == .copying(bytes: 10))
    #expect(core.handle(.report(.copy), at: start) == [])
    #expect(core.handle(.report(.start), at: start) == [.sendConnection])
    #expect(core.handle(.report(.start), at: start) == [])
    #expect(core.handle(.report(.running(2)), at: start) == [])
    #expect(core.state == .running(2) && core.hasRun)
    #expect(core.handle(lost(.exited(0), hasStarted: true), at: start) == [])
    #expect(core.state == .ended)
    #expect(core.handle(.tick, at: start + .seconds(1000)) == [])
  }

  @Test func anUnreachableHostIsGivenUpAfterItsRetriesWithLongerPauses() {
    var core = core()
    var now = start
    for seconds in [1, 2] {
      #expect(core.handle(.tick, at: now) == [.connect])
      _ = core.handle(lost(.exited(255), "no route"), at: now)
      #expect(core.state == .waiting(reason: "no route", pause: .seconds(seconds)))
      now += .seconds(seconds) - .milliseconds(1)
      #expect(core.handle(.tick, at: now) == [])
      now += .milliseconds(1)
    }
    #expect(core.handle(.tick, at: now) == [.connect])
    _ = core.handle(lost(.exited(255), "no route"), at: now)
    #expect(core.state == .gaveUp(reason: "no route (tried 3 times)"))
  }

  @Test func aHostThatHasWorkedIsTriedForEverAndNeverMoreRarelyThanEachMinute() {
    var core = core(retries: 0)
    var now = start
    run(&core, at: now)
    for _ in 0..<20 {
      _ = core.handle(lost(hasStarted: true), at: now)
      guard case .waiting(_, let pause) = core.state else {
        Issue.record("\(core.state)")
        return
      }
      #expect(pause <= .seconds(60))
      now += pause
      #expect(core.handle(.tick, at: now) == [.connect])
    }
  }

  @Test func workersThatFailSoonUseUpTheRetriesAndALongRunGivesThemBack() {
    var core = core(retries: 1)
    var now = start
    for _ in 0..<5 {
      run(&core, at: now)
      now += HostCore.longRun
      _ = core.handle(lost(.signaled(9), hasStarted: true), at: now)
      #expect(core.state == .waiting(reason: core.state.reason ?? "", pause: .seconds(1)))
      now += .seconds(1)
    }
    run(&core, at: now)
    _ = core.handle(lost(.exited(70), hasStarted: true), at: now)
    #expect(core.state.reason != nil)
    #expect(core.state.isFinal)
  }

  @Test(arguments: [
    (ProcessStatus.exited(255), false, "Host key verification failed."),
    (.exited(255), false, "root@h: Permission denied (publickey)."),
    (.exited(126), false, "there is no program p"),
    (.exited(71), true, "the coordinator refused the worker."),
    (.exited(0), false, "This account is currently not available."),
  ])
  func whatTryingAgainCannotHelpIsGivenUpAtOnce(status: ProcessStatus, hasStarted: Bool, line: String) {
    var core = core()
    _ = core.handle(.tick, at: start)
    _ = core.handle(lost(status, hasStarted: hasStarted, line), at: start)
    guard case .gaveUp(let reason) = core.state else {
      Issue.record("\(core.state)")
      return
    }
    #expect(!reason.isEmpty && reason.contains(line.dropLast()))
  }

  @Test func stoppingEndsTheInputOfARunningHostAndTheConnectionOfOneThatIsNotThereYet() {
    var running = core()
    run(&running, at: start)
    #expect(running.handle(.stop, at: start) == [.endInput])
    #expect(running.handle(.report(.running(1)), at: start) == [])
    #expect(running.state == .stopping)
    _ = running.handle(lost(), at: start)
    #expect(running.state == .ended)
    #expect(running.handle(.tick, at: start + .seconds(100)) == [])

    var connecting = core()
    _ = connecting.handle(.tick, at: start)
    #expect(connecting.handle(.stop, at: start) == [.endInput, .kill])

    var waiting = core()
    _ = waiting.handle(.tick, at: start)
    _ = waiting.handle(lost(), at: start)
    #expect(waiting.handle(.stop, at: start) == [])
    #expect(waiting.state == .ended)
    #expect(waiting.handle(.tick, at: start + .seconds(100)) == [])
  }

  @Test func reportsAreReadAsTheyAreWrittenAndNothingElseIs() {
    for report in [HostReport.copy, .start, .running(0), .running(1024)] {
      #expect(HostReport(line: report.line) == report)
    }
    for line in [
      "", "Welcome", "potline-launch: ", "potline-launch: running", "potline-launch: running 2 3",
      "potline-launch: running -1", "potline-launch: running 9999", "x potline-launch: copy",
    ] {
      #expect(HostReport(line: line) == nil)
    }
  }
}
