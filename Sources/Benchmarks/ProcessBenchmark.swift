/// Training in two processes at the same time against one alone.
enum ProcessBenchmark {
  private static let block = 0.1

  static func run(plan: MeasurementPlan, command: [String]) throws -> ProcessRow {
    let processes = [try BenchmarkProcess(command), try BenchmarkProcess(command)]
    for process in processes {
      guard try process.receive() == "ready" else {
        throw BenchmarkError("a process that was to train isn't ready")
      }
    }
    _ = try stepsPerSecond(of: processes)
    var (one, two): ([Double], [Double]) = ([], [])
    let clock = Measurement.monotonicClock()
    while one.count < plan.rounds || clock() < plan.total {
      one.append(try stepsPerSecond(of: [processes[one.count % 2]]))
      two.append(try stepsPerSecond(of: processes))
    }
    return ProcessRow(
      network: try BenchmarkNetwork.main().name, oneStepsPerSecond: median(one),
      twoStepsPerSecond: median(two),
      ratio: median(zip(two, one).map { $0 / $1 }))
  }

  private static func stepsPerSecond(of processes: [BenchmarkProcess]) throws -> Double {
    for process in processes { try process.send("\(block)") }
    return try processes.reduce(0) { sum, process in
      let answer = try process.receive()
      let numbers = answer.split(separator: " ").compactMap { Double($0) }
      guard numbers.count == 2, numbers[1] > 0 else { throw BenchmarkError("'\(answer)' is no measurement") }
      return sum + numbers[0] / numbers[1]
    }
  }
}
