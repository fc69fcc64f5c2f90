/// A public benchmark that a bundled study runs: what its data file is, and what others reached on it.
///
/// The figures are root-mean-square errors of free runs that are given the first rows; sources: Champneys, Beintema, Tóth,
/// Schoukens & Rogers, "Baseline results for selected nonlinear system identification benchmarks" (2024), arXiv 2405.10779,
/// and the papers that the methods' names say. Published figures skip 1 to 31 rows, each method its own number.
package struct PublicBenchmark: Equatable, Sendable {
  /// The data file, and where it comes from.
  package let data: String
  /// Unit of the figures.
  package let unit: String
  /// Figures in this unit for one of the output.
  package let factor: Double
  /// The test records, in the order of the figures.
  package let records: [Record]
  /// Methods and their figures, one a record.
  package let published: [(method: String, errors: [Double])]

  /// A test record: a trajectory of the study's test part, in one of its windows.
  package struct Record: Equatable, Sendable {
    /// Its name in tables.
    package let name: String
    /// Number of the test trajectory, from 0.
    package let trajectory: Int
    /// Number of the study's window, from 0.
    package let window: Int
  }

  package static func == (a: PublicBenchmark, b: PublicBenchmark) -> Bool {
    a.data == b.data && a.records == b.records
  }
}

extension PublicBenchmark {
  /// Schoukens & Noël, "Three benchmarks addressing open challenges in nonlinear system identification" (2017).
  static let cascadedTanks = PublicBenchmark(
    data:
      "the Cascaded Tanks benchmark's table with the columns uEst, uVal, yEst, yVal (nonlinearbenchmark.org)",
    unit: "V", factor: 1, records: [Record(name: "test", trajectory: 0, window: 0)],
    published: [
      ("linear state space", [0.588]), ("ARX", [0.685]), ("polynomial NARX", [0.413]),
      ("Gaussian-process NARX", [0.622]), ("MLP NARX", [2.04]), ("RNN", [0.543]), ("GRU", [0.396]),
      ("LSTM", [0.490]), ("SUBNET", [0.37]), ("continuous-time SUBNET", [0.306]),
    ])

  /// Wigren & Schoukens, "Three free data sets for development and benchmarking in nonlinear system identification" (2013).
  static let silverbox = PublicBenchmark(
    data: "the Silverbox benchmark's table with the columns V1, V2 (nonlinearbenchmark.org)", unit: "mV",
    factor: 1000,
    records: [
      Record(name: "multisine", trajectory: 0, window: 1), Record(name: "arrow", trajectory: 1, window: 1),
      Record(name: "no extrapolation", trajectory: 1, window: 0),
    ],
    published: [
      ("linear state space", [6.96, 14.4, 6.58]), ("ARX", [6.95, 14.2, 6.59]),
      ("polynomial NARX", [0.640, 2.25, 0.571]), ("Gaussian-process NARX", [0.301, 0.60, 0.259]),
      ("MLP NARX", [2.80, 5.18, 2.40]), ("RNN", [1.64, 4.88, 1.73]), ("GRU", [1.49, 2.80, 0.947]),
      ("LSTM", [1.50, 2.68, 0.960]), ("SUBNET", [0.36, 0.26, 0.32]),
    ])
}
