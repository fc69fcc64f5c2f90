/// The studies that come with the program, as texts of study files.
package enum BundledStudies {
  /// A study that comes with the program.
  package struct Entry: Equatable, Sendable {
    /// Name by which it is called, equal to the study's name.
    package let name: String
    /// What it is for, in one line.
    package let summary: String
    /// The text of its study file, comments included.
    package let text: String
    /// The public benchmark that it runs, on a data file that `--data` names; nil: none.
    package var benchmark: PublicBenchmark?
  }

  /// All of them, the smallest first.
  package static let all: [Entry] = [
    Entry(
      name: "quickstart",
      summary: "Dense, sparse and input-skip networks side by side, small enough to try out",
      text: quickstart),
    Entry(
      name: "dead-time", summary: "Lags and dead time of a noisy tank, found by a group penalty, 10 members",
      text: deadTime),
    Entry(
      name: "hidden-level",
      summary: "Cascaded tanks whose upper level nobody measures: lags and hidden states in free run",
      text: hiddenLevel),
    Entry(
      name: "published-settings",
      summary: "Dense and sparse networks with the published settings, 10 members each",
      text: publishedSettings),
    Entry(
      name: "input-skip", summary: "Sparse networks with input skips and a proximal l1 penalty, 10 members",
      text: inputSkip),
    Entry(
      name: "cell-simulation",
      summary: "Sparse networks of the cell, debiased on one step's error or on simulations, 20 members",
      text: cellSimulation),
    Entry(
      name: "cascaded-tanks-benchmark",
      summary: "The public benchmark in free run, hidden states and a second-order finish; needs --data",
      text: cascadedTanksBenchmark, benchmark: .cascadedTanks),
    Entry(
      name: "silverbox-benchmark",
      summary: "The public benchmark in free run, lags and a second-order finish, 100 members; needs --data",
      text: silverboxBenchmark, benchmark: .silverbox),
    Entry(
      name: "lundby2022",
      summary:
        "Sparse against dense over training-set sizes; penalty path, debiasing, pruning; 20 members each",
      text: lundby2022),
  ]
}
