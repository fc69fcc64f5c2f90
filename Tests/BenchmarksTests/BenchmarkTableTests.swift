import Foundation
import Testing

@testable import Benchmarks

@Suite struct BenchmarkTableTests {
  static let report = BenchmarkReport(
    machine: MachineRow(
      version: "1.2", processor: "Some CPU", cores: 2, kernels: "avx2", instructionSet: "AVX2+FMA"),
    peak: PeakRow(gigaflops: 100.24, best: 101),
    training: [
      TrainingRow(
        network: "13-20-20-20-20-8", zeros: 0, batchSize: 128, samples: 199_960, operations: 1_177_600,
        microseconds: Microseconds(Timing(of: [15.7e-6, 15e-6, 17e-6])), stepsPerSecond: 63_694.3,
        shareOfPeak: 0.748, bestShareOfPeak: 0.773,
        parts: StepPartMicroseconds(shuffle: 0.1234, gradient: 14.2, update: 0.65, gatherAndRest: 0.7266))
    ],
    simulation: [
      SimulationRow(
        network: "10-15-15-1", lags: 5, horizon: 60, windows: 128,
        microseconds: Microseconds(Timing(of: [123e-6])), microsecondsPerSample: 0.016, shareOfPeak: 0.532)
    ],
    forward: [
      ForwardRow(
        network: "13-20-20-20-20-8 InputSkip", zeros: 0.95, batchSize: 128, weightsLeft: 1125,
        microseconds: Microseconds(Timing(of: [1.5e-6])), ratioToDense: 0.316)
    ],
    forecasts: [
      ForecastRow(
        network: "13-20-20-20-20-8", zeros: 0.8, weightsLeft: 324, trajectories: 100, steps: 500_000,
        seconds: Seconds(Timing(of: [0.25])), stepsPerSecond: 2e6)
    ],
    memory: MemoryRow(
      trajectories: 40, rows: 5000, datasetBytes: 20_800_000, peakResidentBytes: 71_300_000,
      anonymousBytes: 30_000_000),
    processes: ProcessRow(
      network: "13-20-20-20-20-8", oneStepsPerSecond: 60_000, twoStepsPerSecond: 117_600, ratio: 1.963))

  @Test func layout() {
    let text = BenchmarkTable.text(Self.report, width: 110).split(
      separator: "\n", omittingEmptySubsequences: false)
    let expected = """
      Potline 1.2, Some CPU, 2 cores, kernels avx2 (AVX2+FMA)

      Peak of one core: 100 GFLOP/s float32 multiply-add (best 101)

      Training, batch 128, 199,960 samples; µs of a whole step and of its parts (rest: the cache):
      network           zeros  step µs  best  steps/s  of peak  at best  gradient  update  shuffle   rest
      ───────────────────────────────────────────────────────────────────────────────────────────────────
      13-20-20-20-20-8    0 %     15.7  15.0   63,694     75 %     77 %      14.2   0.650    0.123  0.727

      Training on simulations; µs of a whole step:
      network     lags  horizon  windows  step µs  best  µs a window and step  of peak
      ────────────────────────────────────────────────────────────────────────────────
      10-15-15-1     5       60      128      123   123                0.0160     53 %

      Forward pass of pruned networks, batch 128:
      network                     zeros  weights    µs  best  of dense
      ────────────────────────────────────────────────────────────────
      13-20-20-20-20-8 InputSkip   95 %    1,125  1.50  1.50      0.32

      Rolling forecasts of 100 trajectories with one member:
      network           zeros  weights    steps  seconds   best    steps/s
      ────────────────────────────────────────────────────────────────────
      13-20-20-20-20-8   80 %      324  500,000    0.250  0.250  2,000,000

      Memory of a process that trains on 40 x 5,000 rows: 71.3 MB at most, 30.0 MB of it of its own while it \
      trains; the dataset, which processes share, has 20.8 MB

      Two processes train 1.96 times as many steps/s as one: 117,600 and 60,000 (13-20-20-20-20-8)
      """.split(separator: "\n", omittingEmptySubsequences: false)
    for (line, wanted) in zip(text, expected) { #expect(line == wanted) }
    #expect(text.count == expected.count)
  }

  @Test func sectionsThatWereNotMeasuredAreLeftOut() {
    var report = Self.report
    (report.training, report.simulation, report.forward, report.forecasts) = (nil, nil, nil, nil)
    (report.memory, report.processes) = (nil, nil)
    #expect(BenchmarkTable.text(report, width: 110).split(separator: "\n").count == 2)
  }

  @Test func numbersHaveThreeDigitsThatCount() {
    let numbers = [0.01234, 0.999, 1.234, 12.34, 123.4, 1234.5, 0, .nan].map(BenchmarkTable.number)
    #expect(numbers == ["0.0123", "0.999", "1.23", "12.3", "123", "1234", "0", "—"])
    #expect(
      [0, 999, 1000, 199_960, 1_234_567.4].map(BenchmarkTable.whole) == [
        "0", "999", "1,000", "199,960", "1,234,567",
      ])
  }

  @Test func jsonKeepsTheReport() throws {
    let encoded = try JSONEncoder().encode(Self.report)
    #expect(try JSONDecoder().decode(BenchmarkReport.self, from: encoded) == Self.report)
  }
}
