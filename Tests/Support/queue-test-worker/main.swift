import Foundation
import Logging
import QueueServer
import QueueTestSupport
import QueueWorker

// queue-test-worker worker ADDRESS [supervised]      a worker of toy jobs
// queue-test-worker run FOLDER ADDRESS COUNT         journal, coordinator and supervisor in one process
// queue-test-worker supervise ADDRESS COUNT          a supervisor alone
// queue-test-worker cache ...                        see CacheMode.swift

let log = {
  var log = Logger(label: "queue-test-worker") { StreamLogHandler.standardError(label: $0) }
  let isQuiet = ProcessInfo.processInfo.environment["QUEUE_TEST_LOG"] == nil
  log.logLevel = isQuiet ? .critical : .debug
  return log
}()

@MainActor func worker(_ address: String, isSupervised: Bool) throws -> Int32 {
  var configuration = Worker.Configuration(address: address)
  configuration.isSupervised = isSupervised
  configuration.checkpointInterval = .milliseconds(50)
  configuration.timing.stopLimit = .seconds(1)
  configuration.timing.outcomeRepeat = .milliseconds(300)
  let signals = try SignalWatcher()
  return try Worker(configuration, runner: ToyRunner(), log: log).run(signals: signals).rawValue
}

@MainActor func supervisor(_ address: String, _ count: Int) throws -> Supervisor {
  let command = WorkerCommand(arguments: ["worker", address, "supervised"])
  return try Supervisor(.init(command: command, count: count), log: log)
}

@MainActor func run(_ folder: String, _ address: String, _ count: Int) throws -> Int32 {
  let journal = try Journal(folder: folder)
  var configuration = Coordinator.Configuration()
  configuration.address = address
  let coordinator = try Coordinator(configuration, journal: journal, log: log)
  let signals = try SignalWatcher()
  let outcome = try coordinator.run(
    supervisor: count > 0 ? supervisor(coordinator.address, count) : nil, signals: signals)
  return outcome.wasStopped ? 1 : 0
}

let arguments = CommandLine.arguments
do {
  switch (arguments.dropFirst().first, arguments.count) {
  case ("worker", 3): exit(try worker(arguments[2], isSupervised: false))
  case ("worker", 4): exit(try worker(arguments[2], isSupervised: true))
  case ("run", 5): exit(try run(arguments[2], arguments[3], Int(arguments[4]) ?? 0))
  case ("supervise", 4):
    let supervisor = try supervisor(arguments[2], Int(arguments[3]) ?? 1)
    while true {
      _ = try supervisor.poll()
      usleep(20_000)
    }
  case ("cache", 7...): exit(try CacheMode(arguments).run())
  default: exit(64)
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(65)
}
