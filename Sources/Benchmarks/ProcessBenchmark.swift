import Files
import Foundation
import SparseNetworks

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
      guard numbers.count == 2, numbers[1] > 0 else {
        throw BenchmarkError("expected steps and seconds, got '\(answer)'")
      }
      return sum + numbers[0] / numbers[1]
    }
  }
}

/// Training for given times, in another process.
package struct TrainingLoop {
  /// Trains some steps.
  private let run: (Int) throws -> Void
  /// Steps between two looks at the clock.
  private let stride: Int

  init(stride: Int = 16, _ run: @escaping (Int) throws -> Void) { (self.stride, self.run) = (stride, run) }

  init(_ trainer: any NetworkTraining) { self.init { try trainer.train(steps: $0) } }

  /// The training of the main network on random samples.
  package init(kernels: Kernels) throws {
    let network = try BenchmarkNetwork.main()
    self.init(
      Trainer(
        startingFrom: network.parameters(zeros: 0), settings: TrainingBenchmark.lundby,
        samples: network.samples(TrainingBenchmark.sampleCount), kernels: kernels, fixedMask: false,
        skipsZeros: false))
  }

  /// Reads numbers of seconds from standard input, one a line; trains for that time and writes a line "STEPS SECONDS"; first a
  /// line "ready". Returns when the input ends.
  package func serve() throws {
    try answer("ready")
    while let line = readLine() {
      guard let seconds = Double(line), seconds >= 0 else {
        throw BenchmarkError("expected a number of seconds, got '\(line)'")
      }
      let (steps, taken) = try train(seconds: seconds)
      try answer("\(steps) \(taken)")
    }
  }

  private func train(seconds: Double) throws -> (steps: Int, seconds: Double) {
    let clock = Measurement.monotonicClock()
    var steps = 0
    repeat {
      try run(stride)
      steps += stride
    } while clock() < seconds
    return (steps, clock())
  }

  private func answer(_ line: String) throws { try BenchmarkProcess.say(line) }
}

/// Another process of this program, with a protocol of one line to it and one line back for each measurement.
final class BenchmarkProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var received: [UInt8] = []

  /// Starts the program with these arguments.
  init(_ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe")
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// A line to the process that started this one.
  static func say(_ line: String) throws {
    OutputWriter.standardOutput.write(line + "\n")
    try OutputWriter.standardOutput.check()
  }

  var pid: Int32 { process.processIdentifier }

  /// Sends it SIGTERM and waits until it has ended.
  func terminate() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  func send(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Array((line + "\n").utf8))
  }

  /// The next line. Throws ``BenchmarkError`` if the process ends without one.
  func receive() throws -> String {
    while true {
      if let end = received.firstIndex(of: 0x0A) {
        defer { received.removeSubrange(...end) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else {
        throw BenchmarkError("a process that was to measure ended before it answered")
      }
      received += data
    }
  }
}

/// A failed measurement.
package struct BenchmarkError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
