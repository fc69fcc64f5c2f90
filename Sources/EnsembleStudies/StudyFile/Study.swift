/// A dataset, the variants to compare on it, and how long the forecasts are that judge them.
///
/// A study is what a study file describes, with every default filled in. It is a plain value: two studies that
/// are equal describe the same jobs.
public struct Study: Codable, Equatable, Sendable {
  /// Short name of the study: lower-case letters, digits and hyphens; used in file names.
  public var name: String
  /// What the study is for, in free text.
  public var description: String?
  /// Seed from which the seeds of all members are derived.
  public var seed: UInt64
  /// Where training and test trajectories come from.
  public var dataset: DatasetDescription
  /// The configurations to compare, in the order of the file; names are unique.
  public var variants: [Variant]
  /// How the members are judged on the test trajectories.
  public var forecast: Forecast

  /// Makes a study. No check is made here: a study that was read from a file has been checked.
  public init(
    name: String, description: String? = nil, seed: UInt64 = 1, dataset: DatasetDescription,
    variants: [Variant], forecast: Forecast
  ) {
    self.name = name
    self.description = description
    self.seed = seed
    self.dataset = dataset
    self.variants = variants
    self.forecast = forecast
  }

  /// The same study with another seed, for an independent repetition.
  public func with(seed: UInt64) -> Study {
    var copy = self
    copy.seed = seed
    return copy
  }
}

/// How rolling forecasts of the test trajectories are summarised.
public struct Forecast: Codable, Equatable, Sendable {
  /// The windows of steps over which forecast errors are averaged.
  public var windows: [ForecastWindow]

  /// Makes a forecast description with at least one window.
  public init(windows: [ForecastWindow]) {
    self.windows = windows
  }
}

/// A half-open range of forecast steps, `from ..< to`. Step 0 is the initial state.
///
/// In a file it is a list of two whole numbers: `[100, 2500]`.
public struct ForecastWindow: Hashable, Sendable, CustomStringConvertible {
  /// First step of the window.
  public var from: Int
  /// The step after the last of the window; greater than `from`.
  public var to: Int

  /// Makes the window `from ..< to`.
  public init(from: Int, to: Int) {
    self.from = from
    self.to = to
  }

  /// The window as people write it, for example `100–2500`.
  public var description: String { "\(from)–\(to)" }

  /// The windows used when a study file names none: the published ones.
  public static let standard: [ForecastWindow] = [
    ForecastWindow(from: 0, to: 100), ForecastWindow(from: 100, to: 2500),
    ForecastWindow(from: 2500, to: 5000), ForecastWindow(from: 0, to: 5000),
  ]

  /// The standard windows, cut off at the end of a trajectory; what is then empty or occurs twice is left out.
  ///
  /// - Parameter steps: number of samples of a test trajectory, at least 1.
  public static func standard(clippedTo steps: Int) -> [ForecastWindow] {
    var seen: Set<ForecastWindow> = []
    return standard.map { ForecastWindow(from: $0.from, to: min($0.to, steps)) }
      .filter { $0.from < $0.to && seen.insert($0).inserted }
  }
}

extension ForecastWindow: Codable {
  /// Reads a list of two whole numbers.
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    from = try list.decode(Int.self)
    to = try list.decode(Int.self)
  }

  /// Writes a list of two whole numbers.
  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    try list.encode(from)
    try list.encode(to)
  }
}
